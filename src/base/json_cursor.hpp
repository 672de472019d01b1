// Reads a JSON text (RFC 8259) from front to back without building anything of it: for documents of our own that are read by the million
// and of which little is wanted. Texts that hold other JSON, or are wanted whole, are Boost.JSON's.
//
//     JsonCursor cursor(document);
//     cursor.object([&](std::string_view key) {
//         if (key == "name") name = cursor.text();          // a value that is not taken is passed over
//         else if (key == "days") cursor.array([&] { days.push_back(cursor.whole()); });
//     });
//     if (!cursor.finished()) ...                            // bad syntax, a value of another type, too deep, something behind the end
//
// A failure sticks: from then on everything is null and no loop goes on, so that it is asked for once, at the end. null is no failure: it is
// the empty text, 0, false, no member, no element; is_null() tells before. One thread; the text outlives the cursor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace bonafide {

class JsonCursor {
  public:
    static constexpr std::size_t most_depth = 64;
    static constexpr std::size_t most_elements = 100'000; ///< of one array or object

    explicit JsonCursor(std::string_view text) : text_(text) {}

    [[nodiscard]] bool failed() const { return failed_; }
    /// What was read makes no sense to the caller: a failure like any other.
    void refuse() { fail(); }
    /// Nothing failed, and one whole value was read with nothing behind it.
    [[nodiscard]] bool finished();

    /// The value that comes next is null. It stays to be read.
    [[nodiscard]] bool is_null() { return next() == 'n'; }

    /// Calls `member(key)` for each member; the key is valid until the next value is read.
    template<class Member> void object(Member&& member) {
        if (!enter('{')) return;
        std::size_t count = 0;
        while (more('}', count)) {
            if (next() != '"') return fail();
            const std::string_view key = text();
            if (!take(':')) return;
            const std::size_t before = at_;
            member(key);
            if (at_ == before) skip();
        }
    }
    /// Calls `element()` for each.
    template<class Element> void array(Element&& element) {
        if (!enter('[')) return;
        std::size_t count = 0;
        while (more(']', count)) {
            const std::size_t before = at_;
            element();
            if (at_ == before) skip();
        }
    }
    /// UTF-8 as the document has it, escapes resolved; valid until the next value is read.
    [[nodiscard]] std::string_view text();
    [[nodiscard]] bool flag();
    /// A number without fraction and exponent that fits.
    [[nodiscard]] std::int64_t whole();
    [[nodiscard]] double number();
    /// An array of at most into.size() whole numbers: how many there are. Quicker than array() with whole().
    [[nodiscard]] std::size_t wholes(std::span<std::int64_t> into);
    void skip();

  private:
    [[nodiscard]] char next(); ///< the character that begins the next value; NUL at the end or after a failure
    void fail() {
        failed_ = true;
        at_ = text_.size();
    }
    [[nodiscard]] bool enter(char open);
    [[nodiscard]] bool more(char close, std::size_t& count);
    [[nodiscard]] bool take(char wanted);
    [[nodiscard]] bool take_word(std::string_view word);
    [[nodiscard]] bool take_null();
    [[nodiscard]] std::string_view unescaped(std::size_t begin, std::size_t end);
    [[nodiscard]] bool skip_text();
    [[nodiscard]] std::string_view digits();
    [[nodiscard]] std::optional<std::size_t> dense_wholes(std::span<std::int64_t> into);

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    bool failed_ = false;
    std::string scratch_; // what an escape made of a text
};

} // namespace bonafide
