// How the store names people: in the terms by which their rows are found and erased, and where ledger.addresses = "hashed" wants no name.
#pragma once

#include "io/store.hpp"

#include <string>
#include <string_view>

namespace bonafide::io::store {

/// What stands for `name` where names are not kept: "ann@example.com" as "#0123456789ab@example.com", the login name "ann" as
/// "#0123456789ab"; the same in whatever case it was written. Keyed, so that nobody without the ledger can try names out.
[[nodiscard]] std::string hashed_name(const Secret& secret, std::string_view name);

/// By which whatever is about a person is found: of an address the same as of any word; a login name or a local user has one of its
/// own, so that who erases "ann" does not erase a host or a queue id of that name.
[[nodiscard]] Hash hash_of_person(const Secret& secret, std::string_view name);

} // namespace bonafide::io::store
