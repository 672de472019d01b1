// The tables of a ledger file and how an older file becomes a newer one. Version N + 1 later is one more entry at the end of the list;
// entries that were released never change.
#pragma once

#include "base/error.hpp"
#include "io/store_connection.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace bonafide::io::store::sqlite {

/// Says in the file's head that this is a ledger: "bona".
inline constexpr std::int64_t application_id = 0x626f6e61;

/// [0] makes version 1 out of an empty file, [1] version 2 out of version 1, and so on.
[[nodiscard]] std::span<const std::string_view> migrations();

/// 0: an empty file. An error when the file is a database of something else.
[[nodiscard]] Expected<std::int64_t> version_of(Connection& connection);

/// Brings the file to the last of `steps`, in one transaction. Refuses a newer file. Several processes may do this at once: one does it.
[[nodiscard]] Expected<void> migrate(Connection& connection, std::span<const std::string_view> steps);

/// "was written by a newer Bonafide ..." unless `version` is known.
[[nodiscard]] Expected<void> refuse_newer(const Connection& connection, std::int64_t version, std::size_t known);

} // namespace bonafide::io::store::sqlite
