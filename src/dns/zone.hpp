// A zone file as the whole of DNS: --zone, the demo, and every test. Two forms, told apart by content:
// a master file (RFC 1035 5: $ORIGIN, $TTL, quoted strings, parentheses, comments; types A AAAA MX TXT SPF PTR CNAME NS SOA), or JSON
//   {"name": {"TXT": ["..." or ["part", ...]], "A": [...], "AAAA": [...], "MX": [[10, "host"]], "PTR": [...], "CNAME": "target",
//             "TIMEOUT": true or ["TXT"], "SERVFAIL": true or [...], "BOGUS": true or [...]}}
// where TIMEOUT: true fails every type not listed for the name and SERVFAIL/BOGUS: true fails all types; JSON strings are bytes as
// code points 0-255. Names are compared without case. A name not in the file is NXDOMAIN, except that a master file's
// empty non-terminals exist (RFC 8020) and its wildcards match (RFC 4592); in JSON a name that is only a parent, or has an
// empty object, counts as absent.
// CNAMEs are followed within the file, up to 8 deep; a loop is Status::cname_loop.
#pragma once

#include "base/error.hpp"
#include "dns/source.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dns {

class Zone : public Source {
  public:
    /// Parses either form; the error says what and at which byte or line.
    /// `origin`: what relative names of a master file are relative to before its first $ORIGIN; normalized, "" is the root.
    [[nodiscard]] static Expected<std::shared_ptr<const Zone>> parse(std::string_view text,
                                                                     std::string_view origin = {});

    Zone();
    ~Zone() override;
    [[nodiscard]] Answer answer(const Question& question) const override;
    /// Of all names that hold records or fail, normalized and sorted; a wildcard with its "*".
    [[nodiscard]] std::vector<std::string> names() const;

    struct Data;

  private:
    std::unique_ptr<Data> data_;
};

} // namespace bonafide::dns
