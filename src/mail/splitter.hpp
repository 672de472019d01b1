// Splits a raw message, given in chunks of any size, into a HeaderBlock and body chunks, without holding the body (DESIGN idea 4).
// Line ends: CRLF; a bare LF counts as CRLF and leaves as CRLF, so Unix files read the same; a bare CR is content.
// A leading mbox "From " line is dropped. A line in the header that is neither a field, a folding nor empty ends the header:
// it is the body's first line (what Postfix makes of it). Without an empty line everything is header and the body is empty.
// Not thread-safe; order of calls: feed*, finish.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mail/header.hpp"

namespace bonafide::mail {

class Splitter {
  public:
    using OnHeader = std::function<void(HeaderBlock)>;       ///< once, before any body chunk
    using OnBody = std::function<void(std::string_view)>;    ///< CRLF line ends; any number of times

    Splitter(OnHeader on_header, OnBody on_body, const Limits& limits = {});
    void feed(std::string_view chunk);
    /// The message ends here.
    void finish();

  private:
    void take_line(std::string_view line);
    void end_header();
    void feed_body(std::string_view chunk);

    OnHeader on_header_;
    OnBody on_body_;
    Limits limits_;
    HeaderBlock header_;
    std::string line_;   // the unfinished header line
    std::string field_;  // the unfinished header field, CRLF line ends
    bool in_body_ = false;
    bool first_line_ = true;
    bool cr_pending_ = false; // the last body chunk ended in CR
    bool dropped_ = false;
};

} // namespace bonafide::mail
