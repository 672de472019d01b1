// SMTP replies wherever people find them: bounces, log lines of Postfix, Exim and Sendmail, web pages, mail of a colleague.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

struct Reply {
    std::string code{};     ///< "550"; empty: only words were logged
    std::string enhanced{}; ///< "5.7.26"; empty: none
    std::string text{};     ///< its lines joined, without codes; white space single
};

inline constexpr std::size_t most_replies = 50;
inline constexpr std::size_t most_reply_bytes = 4096; ///< of one reply; what follows is cut
inline constexpr std::size_t most_scanned_bytes = std::size_t{1024} * 1024;

/// Literal "\n" (Exim's log) as line ends, CRLF as LF.
[[nodiscard]] std::string plain_lines(std::string_view text);

/// In the order they stand there. `text` is as plain_lines() gives it.
[[nodiscard]] std::vector<Reply> find_replies(std::string_view text);

/// An enhanced status code (RFC 3463 2) at the beginning of `text`; empty: there is none.
[[nodiscard]] std::string_view enhanced_code(std::string_view text);

} // namespace bonafide::doctor
