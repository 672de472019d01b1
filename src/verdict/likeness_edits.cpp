#include "verdict/likeness_edits.hpp"

#include "verdict/likeness_letters.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::verdict::likeness {
namespace {

constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
constexpr std::size_t most_letters = 253; // no domain name has more
constexpr std::size_t first_slots = 1024;

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ value >> 31) * 0xbf58476d1ce4e5b9;
    return value ^ value >> 29;
}

/// Hashes of a name and of what is left without each of its letters, all in one pass over it each way.
class Remainders {
  public:
    explicit Remainders(std::string_view name) {
        std::array<std::uint64_t, most_letters> letters{};
        std::size_t count = 0;
        while (!name.empty() && count < most_letters) letters[count++] = take_code_point(name) + 1;
        std::array<std::uint64_t, most_letters + 1> before{}; // hash of the letters before one
        for (std::size_t i = 0; i < count; ++i) before[i + 1] = before[i] * factor + letters[i];
        add(before[count]);
        std::uint64_t after = 0, power = 1; // hash of the letters behind one, and what moves others before them
        for (std::size_t i = count; i-- > 0;) {
            add(before[i] * power + after);
            after += letters[i] * power;
            power *= factor;
        }
    }
    [[nodiscard]] const std::uint32_t* begin() const { return hashes_.data(); }
    [[nodiscard]] const std::uint32_t* end() const { return hashes_.data() + count_; }

  private:
    void add(std::uint64_t hash) {
        const auto short_hash = static_cast<std::uint32_t>(mixed(hash));
        if (count_ == 0 || hashes_[count_ - 1] != short_hash) hashes_[count_++] = short_hash; // of "oo" either
    }

    std::array<std::uint32_t, most_letters + 1> hashes_; // NOLINT: only the first count_ are read
    std::size_t count_ = 0;
};

bool is_one_code_point(std::string_view text) { return !text.empty() && next_boundary(text, 0) == text.size(); }

bool is_inside_character(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80;
}

bool is_swapped(std::string_view a, std::string_view b) {
    if (a.empty() || a.size() != b.size()) return false;
    const std::size_t first = next_boundary(a, 0);
    const std::string_view head = a.substr(0, first), tail = a.substr(first);
    return is_one_code_point(tail) && b.starts_with(tail) && b.ends_with(head);
}

} // namespace

std::optional<Edit> single_edit(std::string_view name, std::string_view other) {
    const std::size_t shorter = std::min(name.size(), other.size());
    std::size_t begin = 0;
    while (begin < shorter && name[begin] == other[begin]) ++begin;
    while (begin > 0 && (is_inside_character(name, begin) || is_inside_character(other, begin))) --begin;
    std::size_t same = 0; // at the end
    while (same < shorter - begin && name[name.size() - 1 - same] == other[other.size() - 1 - same]) ++same;
    while (same > 0 &&
           (is_inside_character(name, name.size() - same) || is_inside_character(other, other.size() - same)))
        --same;
    const std::string_view of_name = name.substr(begin, name.size() - same - begin);
    const std::string_view of_other = other.substr(begin, other.size() - same - begin);
    if (of_name.empty() && is_one_code_point(of_other)) return Edit{EditKind::added, begin};
    if (of_other.empty() && is_one_code_point(of_name)) return Edit{EditKind::left_out, begin};
    if (is_one_code_point(of_name) && is_one_code_point(of_other)) return Edit{EditKind::replaced, begin};
    if (is_swapped(of_name, of_other)) return Edit{EditKind::swapped, begin};
    return std::nullopt;
}

void EditIndex::add(std::uint32_t id, std::string_view name) {
    for (const std::uint32_t hash : Remainders(name)) insert({hash, id});
}

std::vector<std::uint32_t> EditIndex::find(std::string_view name) const {
    std::vector<std::uint32_t> found;
    if (slots_.empty()) return found;
    const std::size_t mask = slots_.size() - 1;
    for (const std::uint32_t hash : Remainders(name))
        for (std::size_t at = hash & mask; slots_[at].id != free && found.size() < most_found; at = (at + 1) & mask)
            if (slots_[at].hash == hash && std::ranges::find(found, slots_[at].id) == found.end())
                found.push_back(slots_[at].id);
    return found;
}

void EditIndex::insert(Slot slot) {
    if ((used_ + 1) * 3 > slots_.size() * 2) grow();
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = slot.hash & mask;
    while (slots_[at].id != free) at = (at + 1) & mask;
    slots_[at] = slot;
    ++used_;
}

void EditIndex::grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(std::max(slots_.size() * 2, first_slots)));
    used_ = 0;
    for (const Slot& slot : old)
        if (slot.id != free) insert(slot);
}

} // namespace bonafide::verdict::likeness
