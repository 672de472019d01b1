// An SPF record that lets everybody says nothing about who sent the mail, though its result is pass.
#pragma once

#include "spf/spf.hpp"

namespace bonafide::spf {

/// What decided is "all", or a network of more addresses than anybody has (IPv4 wider than /8, IPv6 wider than /16), in the record itself or
/// in one that it leads to.
[[nodiscard]] bool lets_anybody(const Outcome& outcome);

} // namespace bonafide::spf
