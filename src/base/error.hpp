// Failures as values. A malformed remote record is a verdict with a cause, never an exception (HOUSE 6).
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <utility>

namespace bonafide {

/// Why something could not be read or done, fit for one line to a person.
struct [[nodiscard]] Error {
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    std::string text;               ///< one plain sentence without a final dot; remote text in it is already escaped
    std::size_t position = nowhere; ///< byte offset into the input, or nowhere
    std::string section;            ///< the rule that was broken, e.g. "RFC 7208 4.6", or empty

    bool operator==(const Error&) const = default;
};

template<class T> using Expected = std::expected<T, Error>;

/// Shorthand for `std::unexpected(Error{...})`.
[[nodiscard]] inline std::unexpected<Error> failure(std::string text, std::size_t position = Error::nowhere,
                                                    std::string section = {}) {
    return std::unexpected(Error{std::move(text), position, std::move(section)});
}

} // namespace bonafide
