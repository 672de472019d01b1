// What commands share that put fields of ours on a message: reading the key, writing the fields above it.
#pragma once

#include "base/error.hpp"
#include "crypto/key.hpp"

#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::cli {

/// Of a message that is held, since it goes out behind fields that depend on all of it.
inline constexpr std::size_t most_signed_bytes = std::size_t{1} << 30U;

/// PEM; errors name the file. That everybody can read it is told on `warnings`: it is the caller's file and the caller's choice.
[[nodiscard]] Expected<crypto::PrivateKey> read_private_key(const std::string& path, std::ostream* warnings = nullptr);

/// "from:to" in pieces.
[[nodiscard]] std::vector<std::string> split_names(std::string_view text);

/// `fields`, name and value, in front of the message in their order, behind the "From " line of a file that has one, with line ends
/// like its own.
void write_on_top(std::span<const std::pair<std::string_view, std::string>> fields, std::string_view message,
                  std::ostream& out);

} // namespace bonafide::cli
