#include "io/store_names.hpp"

#include "base/ascii.hpp"

#include <fmt/format.h>

namespace bonafide::io::store {

std::string hashed_name(const Secret& secret, std::string_view name) {
    constexpr unsigned bits_left_out = 16; // 12 digits
    const std::size_t at = name.rfind('@');
    const std::string_view domain = at == std::string_view::npos ? std::string_view{} : name.substr(at);
    return fmt::format("#{:012x}{}", hash_of_term(secret, ascii::lower(name)) >> bits_left_out, domain);
}

Hash hash_of_person(const Secret& secret, std::string_view name) {
    const std::string lower = ascii::lower(name);
    return hash_of_term(secret, lower.contains('@') ? lower : "user " + lower); // no word has a space in it
}

} // namespace bonafide::io::store
