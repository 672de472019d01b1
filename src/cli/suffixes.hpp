// --discovery and --psl: how commands find Organizational Domains.
#pragma once

#include "cli/command.hpp"
#include "dmarc/dmarc.hpp"
#include "dns/public_suffix.hpp"
#include "engine/record.hpp"

#include <expected>
#include <memory>

namespace bonafide::cli {

[[nodiscard]] Option discovery_option();
[[nodiscard]] Option psl_option();

struct Suffixes {
    dmarc::Discovery discovery = dmarc::Discovery::treewalk;
    std::shared_ptr<const dns::PublicSuffixList> list; ///< null for the tree walk
};

/// --discovery as given; without it --psl means the list, else the tree walk.
[[nodiscard]] std::expected<Suffixes, Failure> open_suffixes(const Arguments& arguments);

/// What tells this list from another: its file's digest and the date line in it (publicsuffix.org's VERSION), where it has one.
[[nodiscard]] engine::Record::SuffixList identify(const dns::PublicSuffixList& list);

} // namespace bonafide::cli
