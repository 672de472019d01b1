// Names that differ in one place: a letter more, less, another, or two swapped. A name is found through what is left of it without any one
// letter, so that a look-up costs a few steps for each letter of the name asked for, however many names are known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bonafide::verdict::likeness {

enum class EditKind : std::uint8_t {
    added,    ///< the second name has a letter more
    left_out, ///< a letter less
    replaced,
    swapped, ///< two neighbours
};
struct Edit {
    EditKind kind = EditKind::replaced;
    std::size_t at = 0; ///< byte where both begin to differ
    bool operator==(const Edit&) const = default;
};
/// What makes `other` of `name` when they differ in one code point or in the order of two; nothing when equal or farther apart.
[[nodiscard]] std::optional<Edit> single_edit(std::string_view name, std::string_view other);

class EditIndex {
  public:
    static constexpr std::size_t most_found = 64; ///< looked at in one look-up

    /// `id` is what find() gives; `name` is UTF-8 and not kept. Eight to sixteen bytes of memory for each letter.
    void add(std::uint32_t id, std::string_view name);
    /// Ids of all names that may differ from `name` by one edit, each once, none left out unless there are too many; single_edit() tells.
    [[nodiscard]] std::vector<std::uint32_t> find(std::string_view name) const;

  private:
    /// Open addressing; several slots may have one hash.
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t id = free;
    };
    static constexpr std::uint32_t free = 0xffffffff;

    void insert(Slot slot);
    void grow();

    std::vector<Slot> slots_;
    std::size_t used_ = 0;
};

} // namespace bonafide::verdict::likeness
