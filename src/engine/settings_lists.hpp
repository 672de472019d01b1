// Judges of list entries in the configuration: each says nothing, or why the text will not do.
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace bonafide::engine {

[[nodiscard]] Expected<void> check_accepted_domain(std::string_view text);       ///< lists.accepted_domains
[[nodiscard]] Expected<void> check_allow_pair(std::string_view text);            ///< lists.allow_pairs
[[nodiscard]] Expected<void> check_block_pair(std::string_view text);            ///< lists.block_pairs
[[nodiscard]] Expected<void> check_sealer(std::string_view text);                ///< lists.sealers
[[nodiscard]] Expected<void> check_protected_domain(std::string_view text);      ///< lists.protected_domains
[[nodiscard]] Expected<void> check_protected_user(std::string_view text);        ///< lists.protected_users
[[nodiscard]] Expected<void> check_client_network(std::string_view text);        ///< lists.networks
[[nodiscard]] Expected<void> check_listed_sender(std::string_view text);         ///< lists.allow, block, ignore
[[nodiscard]] Expected<void> check_shared_infrastructure(std::string_view text); ///< lists.shared_infrastructure

} // namespace bonafide::engine
