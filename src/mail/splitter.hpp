// Splits a raw message, given in chunks of any size, into a HeaderBlock and body chunks, without holding the body
// (docs/architecture.md, idea 4).
// Line ends: CRLF; a bare LF counts as CRLF and leaves as CRLF, so Unix files read the same; a bare CR is content.
// A leading mbox "From " line is dropped (but "From : x" is a field). A line in the header that is neither a field, a folding nor empty ends the header:
// it is the body's first line (what Postfix makes of it). Without an empty line everything is header and the body is empty.
// How the message is cut into chunks changes nothing but the cut of the body chunks. A header line or field longer than
// limits.header_bytes is not kept: the header is then oversized(). Not thread-safe; order of calls: feed*, finish.
#pragma once

#include "mail/header.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace bonafide::mail {

class Splitter {
  public:
    using OnHeader = std::function<void(HeaderBlock)>;    ///< once, before any body chunk
    using OnBody = std::function<void(std::string_view)>; ///< CRLF line ends; any number of times

    Splitter(OnHeader on_header, OnBody on_body, const Limits& limits = {});
    void feed(std::string_view chunk);
    /// The message ends here.
    void finish();

  private:
    void keep_partial_line(std::string_view piece);
    void take_line(std::string_view line);
    void end_field();
    void end_header();
    void feed_body(std::string_view chunk);

    OnHeader on_header_;
    OnBody on_body_;
    std::size_t most_line_; // bytes of a header line that are looked at: limits.header_bytes
    HeaderBlock header_;
    std::string line_;  // the unfinished header line; bytes past most_line_ are not kept
    std::string field_; // the unfinished header field, CRLF line ends; never much longer than most_line_
    bool in_body_ = false;
    bool first_line_ = true;
    bool cr_pending_ = false; // the last body chunk ended in CR
};

} // namespace bonafide::mail
