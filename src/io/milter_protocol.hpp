// The milter protocol as numbers and bounds: what Sendmail and Postfix call SMFIC_*, SMFIR_*, SMFIF_*, SMFIP_*, versions 2 to 6.
// There is no RFC; the facts are those of libmilter (mfdef.h) and of Postfix's client, named where they matter.
//
// On the wire every packet is a 32-bit length in network order, one command or reply letter, and length - 1 bytes of arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::io::milter {

/// From the MTA.
enum class Command : char {
    abort = 'A',
    body = 'B',
    connect = 'C',
    macros = 'D',
    end_of_message = 'E', ///< may carry the last piece of the body (Postfix does that)
    helo = 'H',
    quit_new_connection = 'K',
    header = 'L',
    mail = 'M',
    end_of_header = 'N',
    negotiate = 'O',
    quit = 'Q',
    rcpt = 'R',
    data = 'T',
    unknown = 'U'
};

/// To the MTA.
namespace response {
inline constexpr char accept = 'a', proceed = 'c', discard = 'd', append_header = 'h', insert_header = 'i',
                      change_header = 'm', negotiate = 'O', progress = 'p', quarantine = 'q', reject = 'r', skip = 's',
                      defer = 't', smtp_reply = 'y';
}

/// SMFIF_*: what the filter may do to a message.
namespace action {
inline constexpr std::uint32_t add_headers = 0x01, change_headers = 0x10, quarantine = 0x20, macro_lists = 0x100;
inline constexpr std::uint32_t version_1 = 0x0f; ///< what an offer of 0 means (libmilter's SMFI_V1_ACTS)
} // namespace action

/// SMFIP_*: steps not to be sent, replies not to be waited for, and abilities of the MTA.
namespace step {
inline constexpr std::uint32_t no_connect = 0x01, no_helo = 0x02, no_mail = 0x04, no_rcpt = 0x08, no_body = 0x10,
                               no_header = 0x20, no_end_of_header = 0x40, silent_header = 0x80, no_unknown = 0x100,
                               no_data = 0x200, skip = 0x400, rejected_recipients = 0x800, silent_connect = 0x1000,
                               silent_helo = 0x2000, silent_mail = 0x4000, silent_rcpt = 0x8000, silent_data = 0x10000,
                               silent_unknown = 0x20000, silent_end_of_header = 0x40000, silent_body = 0x80000,
                               leading_space = 0x100000;
inline constexpr std::uint32_t version_1 = 0x3f; ///< what an offer of 0 means (libmilter's SMFI_V1_PROT)
} // namespace step

inline constexpr std::uint32_t oldest_version = 2;
inline constexpr std::uint32_t newest_version = 6;

/// Bounds of this door; past each the connection is closed with the fault named, if not said otherwise.
struct ProtocolLimits {
    std::size_t command_bytes = 65536;  ///< one command other than header, macros, body
    std::size_t header_bytes = 1048576; ///< one header field; Postfix's header_size_limit is 102400
    std::size_t macro_bytes = 32768;    ///< all macros of one stage
    std::size_t body_bytes = 1048576;   ///< one body packet; never buffered. MTAs send 65535, Sendmail at most 1 MiB
    std::size_t parameters = 64;        ///< ESMTP parameters of one MAIL or RCPT
    std::size_t response_bytes =
        65535;                    ///< one packet of ours (libmilter's MILTER_CHUNK_SIZE); a longer one is left out
    std::size_t reply_lines = 32; ///< of one SMTP reply (libmilter's MAXREPLIES); else a plain reject or defer
    std::size_t reply_line_bytes = 980; ///< of one line (libmilter's MAXREPLYLEN); likewise
};
inline constexpr ProtocolLimits protocol_limits;

struct ProtocolLimitRow {
    std::string_view name;
    std::size_t value;
    std::string_view origin;
    std::string_view outcome;
};
/// The bounds above as rows, for docs/limits.md.
[[nodiscard]] std::span<const ProtocolLimitRow> protocol_limit_rows();

/// What an MTA can do wrong.
enum class Fault : std::uint8_t {
    zero_length, ///< a packet without a command letter
    oversized,   ///< beyond the bounds above
    unknown_command,
    out_of_order,        ///< a command that cannot come now
    truncated_arguments, ///< an argument is missing
    missing_nul,         ///< a string without its end
    excess_arguments,    ///< bytes after the last argument
    old_version          ///< below 2
};
[[nodiscard]] std::string_view to_text(Fault fault);

struct [[nodiscard]] ProtocolError {
    Fault fault = Fault::zero_length;
    char command = 0; ///< the letter; 0 when there was none
    bool operator==(const ProtocolError&) const = default;
    /// "header: a string is not terminated"
    [[nodiscard]] std::string text() const;
};

} // namespace bonafide::io::milter
