// Reading stored JSON for a person: whatever is missing or of another kind reads as nothing, and all text comes out escaped.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::cli {

/// A value of a document, or nothing. A view: the document outlives it.
class JsonReader {
  public:
    JsonReader(const boost::json::value* value = nullptr) : value_(value) {}

    [[nodiscard]] JsonReader operator[](std::string_view member) const;
    [[nodiscard]] JsonReader operator[](std::size_t index) const;
    [[nodiscard]] std::size_t size() const; ///< members of an array
    /// There is something: not null, not false, not empty, not 0.
    [[nodiscard]] explicit operator bool() const;
    /// A string, or a number in digits, escaped for one line; else empty.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string raw() const; ///< of a string as it is
    [[nodiscard]] double number() const;
    [[nodiscard]] std::int64_t whole() const;

  private:
    const boost::json::value* value_;
};

} // namespace bonafide::cli
