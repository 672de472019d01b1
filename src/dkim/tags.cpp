#include "dkim/tags.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::dkim {
namespace {

constexpr std::string_view section = "RFC 6376 3.2";

/// VALCHAR and ";", and bytes above 127.
bool is_visible(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) { list_.tags.reserve(16); }

    TagList parse() {
        do {
            skip_space();
            if (done() && !list_.tags.empty()) break; // the final ";" is optional, and so is white space after it
            if (!parse_tag()) return std::move(list_);
        } while (!done() && text_[at_++] == ';');
        reject_duplicates();
        return std::move(list_);
    }

  private:
    [[nodiscard]] bool done() const { return at_ == text_.size(); }

    bool fail(std::string why) {
        list_.error = Error{std::move(why), at_, std::string(section)};
        return false;
    }

    /// FWS (2.8): WSP, and CRLF when WSP follows.
    void skip_space() {
        while (!done()) {
            if (ascii::is_wsp(text_[at_])) {
                ++at_;
            } else if (at_fold()) {
                at_ += 2;
            } else {
                return;
            }
        }
    }
    [[nodiscard]] bool at_fold() const {
        return at_ + 2 < text_.size() && text_[at_] == '\r' && text_[at_ + 1] == '\n' && ascii::is_wsp(text_[at_ + 2]);
    }

    bool parse_tag() {
        const std::size_t name_begin = at_;
        if (done() || !ascii::is_alpha(text_[at_]))
            return fail(done() ? "a tag is missing" : "a tag name does not begin with a letter");
        while (!done() && (ascii::is_alnum(text_[at_]) || text_[at_] == '_')) ++at_;
        Tag tag;
        tag.name = text_.substr(name_begin, at_ - name_begin);
        skip_space();
        if (done() || text_[at_] != '=') return fail("a tag name is not followed by \"=\"");
        tag.begin = ++at_;
        skip_space();
        const std::size_t value_begin = at_;
        std::size_t value_end = at_;
        while (!done() && text_[at_] != ';') {
            if (is_visible(text_[at_])) {
                const std::string_view rest = text_.substr(at_);
                const auto in_word = [](char c) { return is_visible(c) && c != ';'; };
                at_ += static_cast<std::size_t>(std::ranges::find_if_not(rest, in_word) - rest.begin());
                value_end = at_;
                continue;
            }
            const std::size_t blank = at_;
            skip_space();
            if (at_ == blank) return fail("a tag value holds a control character or a line end that is no folding");
        }
        tag.value = text_.substr(value_begin, value_end - value_begin);
        tag.end = at_;
        list_.tags.push_back(tag);
        return true;
    }

    /// RFC 6376 3.2: a name that occurs twice spoils the whole list.
    void reject_duplicates() {
        std::vector<std::string_view> names;
        names.reserve(list_.tags.size());
        for (const Tag& tag : list_.tags) names.push_back(tag.name);
        // Equal names keep their order in the text: the second one is the error.
        std::ranges::sort(names, {}, [](std::string_view name) { return std::pair{name, name.data()}; });
        const auto twice = std::ranges::adjacent_find(names);
        if (twice == names.end()) return;
        at_ = static_cast<std::size_t>(twice[1].data() - text_.data());
        fail(fmt::format("the tag {}= occurs more than once", escape::line(*twice, 40)));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    TagList list_;
};

} // namespace

/// RFC 6376 3.2: names are case-sensitive; a tag that nobody asks for is unrecognized and thereby ignored.
const Tag* TagList::find(std::string_view name) const {
    const auto same = [&](const Tag& tag) { // most names are one letter: settled without a call
        return tag.name.size() == name.size() && tag.name.front() == name.front() && tag.name == name;
    };
    const auto tag = std::ranges::find_if(tags, same);
    return tag == tags.end() ? nullptr : &*tag;
}

TagList parse_tags(std::string_view text) { return Parser(text).parse(); }

std::vector<std::string_view> split_list(std::string_view value) {
    std::vector<std::string_view> parts = ascii::split(value, ':');
    for (std::string_view& part : parts) part = ascii::trim(part);
    return parts;
}

std::string without_space(std::string_view value) {
    std::string out(value);
    std::erase_if(out, [](char c) { return ascii::is_space(c); });
    return out;
}

} // namespace bonafide::dkim
