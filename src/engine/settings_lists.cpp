#include "engine/settings_lists.hpp"

#include "verdict/lists.hpp"

namespace bonafide::engine {
namespace {

using verdict::ListName;

Expected<void> check(ListName list, std::string_view text) {
    if (auto entry = verdict::parse_list_entry(list, text); !entry) return std::unexpected(entry.error());
    return {};
}

} // namespace

Expected<void> check_accepted_domain(std::string_view text) { return check(ListName::accepted_domains, text); }
Expected<void> check_allow_pair(std::string_view text) { return check(ListName::allow_pairs, text); }
Expected<void> check_block_pair(std::string_view text) { return check(ListName::block_pairs, text); }
Expected<void> check_sealer(std::string_view text) { return check(ListName::sealers, text); }
Expected<void> check_protected_domain(std::string_view text) { return check(ListName::protected_domains, text); }
Expected<void> check_protected_user(std::string_view text) { return check(ListName::protected_users, text); }
Expected<void> check_client_network(std::string_view text) { return check(ListName::networks, text); }
Expected<void> check_listed_sender(std::string_view text) { return check(ListName::allow, text); }
Expected<void> check_shared_infrastructure(std::string_view text) {
    return check(ListName::shared_infrastructure, text);
}

} // namespace bonafide::engine
