// Members of an object as the readers of src/verdict take them: words of enumerators, texts with their KEY_bytes (json_text.hpp), numbers
// that fit. Internal to src/verdict and the readers of stored messages.
#pragma once

#include "base/ascii.hpp"
#include "base/ip.hpp"
#include "base/json_cursor.hpp"
#include "base/latin1.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::verdict::json_members {

class Members {
  public:
    static constexpr std::size_t most_of_a_list = 10'000;

    explicit Members(JsonCursor& cursor) : cursor_(cursor) {}

    /// A text was longer than what is kept.
    [[nodiscard]] bool was_cut() const { return cut_; }

    /// Calls `member(key)`; for KEY_bytes likewise with KEY: put() knows.
    template<class Member> void object(Member&& member) {
        cursor_.object([&](std::string_view key) {
            constexpr std::string_view suffix = "_bytes";
            constexpr std::string_view count = "unsigned_bytes"; // a name of its own
            bytes_ = key.ends_with(suffix) && key != count;
            if (bytes_) key.remove_suffix(suffix.size());
            member(key);
            bytes_ = false;
        });
    }
    template<class Element> void array(std::size_t most, Element&& element) {
        std::size_t count = 0;
        cursor_.array([&] {
            if (++count > most) return cursor_.refuse();
            element();
        });
    }

    [[nodiscard]] bool is_null() { return cursor_.is_null(); }
    [[nodiscard]] bool flag() { return cursor_.flag(); }
    [[nodiscard]] std::int64_t whole() { return cursor_.whole(); }
    [[nodiscard]] std::string text() { return std::string(cursor_.text()); }
    [[nodiscard]] std::vector<std::string> texts() {
        std::vector<std::string> all;
        array(most_of_a_list, [&] { all.emplace_back(cursor_.text()); });
        return all;
    }
    void put(std::string& into) {
        if (!bytes_) {
            into = cursor_.text();
        } else if (cursor_.is_null()) {
            cut_ = true;
        } else {
            put_bytes(into);
        }
    }
    /// Of KEY_bytes each that was kept whole.
    void put(std::vector<std::string>& into) {
        const bool bytes = std::exchange(bytes_, false);
        if (!bytes) {
            into = texts();
            return;
        }
        std::size_t i = 0;
        array(most_of_a_list, [&] {
            if (i == into.size()) return cursor_.refuse();
            if (cursor_.is_null())
                cut_ = true;
            else
                put_bytes(into[i]);
            ++i;
        });
    }
    template<class Number> [[nodiscard]] Number count() {
        const std::int64_t value = cursor_.whole();
        if (value >= 0 && std::cmp_less_equal(value, std::numeric_limits<Number>::max()))
            return static_cast<Number>(value);
        cursor_.refuse();
        return 0;
    }
    template<class Number> [[nodiscard]] std::optional<Number> optional() {
        if (cursor_.is_null()) return {};
        if constexpr (std::is_signed_v<Number>)
            return cursor_.whole();
        else
            return count<Number>();
    }
    /// null: none. What is no address is refused.
    [[nodiscard]] std::optional<ip::Address> address() {
        if (cursor_.is_null()) return {};
        auto address = ip::Address::parse(cursor_.text());
        if (!address) cursor_.refuse();
        return address;
    }
    /// The enumerator up to `last` that to_text() calls so; null: `none`.
    template<class Word> [[nodiscard]] Word word(Word last, Word none) { return word_or_none(last).value_or(none); }
    template<class Word> [[nodiscard]] std::optional<Word> word_or_none(Word last) {
        if (cursor_.is_null()) return {};
        const std::string_view text = cursor_.text();
        for (std::size_t i = 0; i <= static_cast<std::size_t>(last); ++i)
            if (to_text(static_cast<Word>(i)) == text) return static_cast<Word>(i);
        cursor_.refuse();
        return {};
    }
    /// "001"; null: 0.
    [[nodiscard]] unsigned three_digits() {
        if (cursor_.is_null()) return 0;
        const std::string_view text = cursor_.text();
        const auto value = ascii::parse_decimal(text);
        if (text.size() == 3 && value) return static_cast<unsigned>(*value);
        cursor_.refuse();
        return 0;
    }

  private:
    void put_bytes(std::string& into) {
        if (auto bytes = latin1::to_bytes(cursor_.text()))
            into = *std::move(bytes);
        else
            cursor_.refuse();
    }

    JsonCursor& cursor_;
    bool bytes_ = false;
    bool cut_ = false;
};

} // namespace bonafide::verdict::json_members
