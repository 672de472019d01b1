#include "cli/folder_walk.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace bonafide::cli {
namespace {

std::string because(std::string_view what) { return std::string(what) + ": " + std::generic_category().message(errno); }

} // namespace

struct FolderWalk::Level {
    enum class Kind : std::uint8_t { plain, maildir, maildir_messages };

    std::unique_ptr<DIR, int (*)(DIR*)> folder;
    std::string path; ///< ends in '/'
    Kind kind;
    std::vector<std::string> names{}; ///< sorted
    std::size_t next = 0;

    /// False at the end of the folder.
    [[nodiscard]] bool read_names() {
        names.clear();
        next = 0;
        while (names.size() < most_sorted_names) {
            const dirent* entry = ::readdir(folder.get());
            if (entry == nullptr) break;
            const std::string_view name = entry->d_name;
            if (name != "." && name != ".." && (kind == Kind::maildir || !name.starts_with('.')))
                names.emplace_back(name);
        }
        std::ranges::sort(names);
        return !names.empty();
    }
};

FolderWalk::FolderWalk(const std::string& folder, const std::optional<std::string>& pass_over) {
    struct stat about{};
    if (pass_over && ::stat(pass_over->c_str(), &about) == 0) passed_over_.emplace(about.st_dev, about.st_ino);
    failed_ = enter(AT_FDCWD, folder, folder);
}
FolderWalk::FolderWalk(FolderWalk&&) noexcept = default;
FolderWalk& FolderWalk::operator=(FolderWalk&&) noexcept = default;
FolderWalk::~FolderWalk() = default;

/// Goes down into a folder; an entry only when that cannot be done.
std::optional<FolderWalk::Entry> FolderWalk::enter(int parent, const std::string& name, const std::string& path) {
    if (levels_.size() > most_depth) return Entry{path, "lies more than 100 folders deep"};
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (levels_.empty() ? 0 : O_NOFOLLOW);
    const int descriptor = ::openat(parent, name.c_str(), flags);
    if (descriptor < 0) return Entry{path, because("the folder cannot be opened")};
    const auto holds_folder = [descriptor](const char* child) {
        struct stat about{};
        return ::fstatat(descriptor, child, &about, 0) == 0 && S_ISDIR(about.st_mode);
    };
    auto kind = holds_folder("cur") && holds_folder("new") ? Level::Kind::maildir : Level::Kind::plain;
    if (!levels_.empty() && levels_.back().kind == Level::Kind::maildir && (name == "cur" || name == "new"))
        kind = Level::Kind::maildir_messages;
    DIR* const folder = ::fdopendir(descriptor);
    if (folder == nullptr) {
        ::close(descriptor);
        return Entry{path, because("the folder cannot be opened")};
    }
    levels_.push_back({{folder, ::closedir}, path.ends_with('/') ? path : path + '/', kind});
    return std::nullopt;
}

/// The entry for a name of the innermost folder, if it is one; a folder is entered instead.
std::optional<FolderWalk::Entry> FolderWalk::look_at(const std::string& name) {
    const Level& level = levels_.back();
    const int folder = ::dirfd(level.folder.get());
    std::string path = level.path + name;
    struct stat about{};
    if (::fstatat(folder, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? std::nullopt // renamed or removed since: a Maildir in use
                               : std::optional(Entry{path, because("cannot be opened")});
    const bool maildir = level.kind == Level::Kind::maildir;
    if (S_ISDIR(about.st_mode)) {
        if (level.kind == Level::Kind::maildir_messages || (maildir && name == "tmp")) return std::nullopt;
        return enter(folder, name, path);
    }
    if (maildir) return std::nullopt; // indexes and the like
    if (S_ISLNK(about.st_mode) && ::fstatat(folder, name.c_str(), &about, 0) != 0)
        return Entry{path, because("cannot be opened")};
    if (!S_ISREG(about.st_mode) || std::pair(about.st_dev, about.st_ino) == passed_over_) return std::nullopt;
    return Entry{std::move(path), {}, level.kind == Level::Kind::maildir_messages};
}

std::optional<FolderWalk::Entry> FolderWalk::next() {
    if (failed_) return std::exchange(failed_, std::nullopt);
    while (!levels_.empty()) {
        Level& level = levels_.back();
        if (level.next == level.names.size() && !level.read_names()) {
            levels_.pop_back();
            continue;
        }
        const std::string name = level.names[level.next++]; // look_at may enter a folder and so move the levels
        if (auto entry = look_at(name)) return entry;
    }
    return std::nullopt;
}

} // namespace bonafide::cli
