// The message files below a folder, one after the other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace bonafide::cli {

/// The files below a folder, folders within it included. The names of each folder are sorted; of a folder with more than
/// most_sorted_names of them each portion that long, so that memory has a bound. Names that begin with a dot are passed over, as is what
/// is neither file nor folder. A link to a file counts as one; a link to a folder is not followed, so that no walk goes in circles.
/// Of a Maildir (a folder that holds folders cur and new) these two, and Maildirs within it whatever their names.
class FolderWalk {
  public:
    static constexpr std::size_t most_sorted_names = 65536;
    static constexpr std::size_t most_depth = 100; ///< folders within folders

    struct Entry {
        std::string path;
        std::string error{};     ///< why it cannot be entered or read; empty: a file
        bool in_maildir = false; ///< one message by definition
    };

    /// `pass_over` is no message: the file a run writes, wherever below the folder and under whatever link it lies. It must exist by now.
    explicit FolderWalk(const std::string& folder, const std::optional<std::string>& pass_over = {});
    FolderWalk(FolderWalk&&) noexcept;
    FolderWalk& operator=(FolderWalk&&) noexcept;
    ~FolderWalk();
    [[nodiscard]] std::optional<Entry> next();

  private:
    struct Level;
    [[nodiscard]] std::optional<Entry> enter(int parent, const std::string& name, const std::string& path);
    [[nodiscard]] std::optional<Entry> look_at(const std::string& name);

    std::vector<Level> levels_;
    std::optional<Entry> failed_; // the folder itself
    std::optional<std::pair<dev_t, ino_t>> passed_over_;
};

} // namespace bonafide::cli
