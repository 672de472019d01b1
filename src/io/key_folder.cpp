#include "io/key_folder.hpp"

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace bonafide::io {
namespace {

constexpr mode_t folder_mode = 0700, file_mode = 0600;
constexpr std::string_view ring_name = "keys.json", lock_name = ".lock", new_name = ".keys.json.new";

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const { return number_; }

  private:
    int number_;
};

std::unexpected<Error> fault(const std::string& path, std::string_view why) {
    return failure(fmt::format("{}: {}", escape::line(path), why));
}
std::unexpected<Error> fault(const std::string& path, int number = errno) {
    return fault(path, std::generic_category().message(number));
}

struct Owner {
    uid_t user = 0;
    gid_t group = 0;
};

/// Files that root makes belong to whom the folder belongs to.
Expected<void> give_to(int descriptor, const std::string& path, Owner owner) {
    if (::geteuid() != 0 || owner.user == 0) return {};
    if (::fchown(descriptor, owner.user, owner.group) != 0) return fault(path);
    return {};
}

Expected<Owner> owner_of(const std::string& folder) {
    struct stat about{};
    if (::stat(folder.c_str(), &about) != 0) return fault(folder);
    if (!S_ISDIR(about.st_mode)) return fault(folder, "is no folder");
    return Owner{about.st_uid, about.st_gid};
}

/// A folder into which others can put files is no place for keys.
Expected<Owner> check_folder(const std::string& folder) {
    struct stat about{};
    if (::stat(folder.c_str(), &about) != 0) return fault(folder);
    // Root follows nobody into another place.
    if (struct stat link{};
        ::geteuid() == 0 && ::lstat(folder.c_str(), &link) == 0 && S_ISLNK(link.st_mode) && link.st_uid != 0)
        return fault(folder, fmt::format("is a symbolic link of another user (uid {})", link.st_uid));
    if (!S_ISDIR(about.st_mode)) return fault(folder, "is no folder");
    if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fault(folder, fmt::format("others can write into it (mode {:04o}); chmod 700", about.st_mode & 07777U));
    return Owner{about.st_uid, about.st_gid};
}

/// One that root made and was interrupted before it gave it away is given away now.
Expected<void> make_folder(const std::string& path, Owner owner) {
    const bool is_new = ::mkdir(path.c_str(), folder_mode) == 0;
    if (!is_new && errno != EEXIST) return fault(path);
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    struct stat about{};
    if (folder.get() < 0 || ::fstat(folder.get(), &about) != 0)
        return is_new ? Expected<void>(fault(path)) : Expected<void>(); // check_folder() judges it
    return is_new || about.st_uid == 0 ? give_to(folder.get(), path, owner) : Expected<void>();
}

Expected<void> sync_folder(const std::string& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) return fault(path);
    return {};
}

Expected<void> write_whole(int descriptor, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fault(path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0) return fault(path);
    return {};
}

/// A new file that is on disk when this returns; `flags` say what is done with an old one.
Expected<void> write_file(const std::string& path, std::string_view text, int flags, Owner owner) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, file_mode));
    if (file.get() < 0) return fault(path);
    auto written = give_to(file.get(), path, owner);
    if (written) written = write_whole(file.get(), text, path);
    if (!written) ::unlink(path.c_str()); // half a file is none
    return written;
}

Expected<void> write_ring(const std::string& folder, const sign::Ring& ring, Owner owner) {
    const std::string temporary = fmt::format("{}/{}", folder, new_name);
    const std::string path = fmt::format("{}/{}", folder, ring_name);
    if (auto written = write_file(temporary, sign::to_json(ring), O_TRUNC, owner); !written) return written;
    if (::rename(temporary.c_str(), path.c_str()) != 0) return fault(path);
    return sync_folder(folder);
}

Expected<sign::Ring> read_ring(const std::string& folder, const std::string& domain) {
    const std::string path = fmt::format("{}/{}", folder, ring_name);
    const auto text = read_regular_file(path, sign::Ring::most_bytes);
    if (!text) return std::unexpected(text.error());
    auto ring = sign::parse_ring(*text);
    if (!ring) return fault(path, ring.error().text);
    if (ring->domain != domain) return fault(path, "is of another domain, " + ring->domain);
    return ring;
}

/// What we are not let in to see is there: whoever reads it says why it cannot.
bool is_there(const std::string& path) {
    struct stat about{};
    return ::lstat(path.c_str(), &about) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/// Held as long as the object lives; waits for who has it.
class Lock {
  public:
    [[nodiscard]] static Expected<std::unique_ptr<Lock>> take(const std::string& folder, Owner owner) {
        const std::string path = fmt::format("{}/{}", folder, lock_name);
        constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
        auto lock = std::make_unique<Lock>(::open(path.c_str(), flags | O_CREAT | O_EXCL, file_mode));
        if (lock->file_.get() >= 0) {
            if (auto given = give_to(lock->file_.get(), path, owner); !given) return std::unexpected(given.error());
        } else {
            if (errno == EEXIST) lock = std::make_unique<Lock>(::open(path.c_str(), flags));
            if (lock->file_.get() < 0) return fault(path);
        }
        while (::flock(lock->file_.get(), LOCK_EX) != 0)
            if (errno != EINTR) return fault(path);
        return lock;
    }
    explicit Lock(int descriptor) : file_(descriptor) {}

  private:
    Descriptor file_;
};

Expected<sign::Ring> ring_or_empty(const std::string& folder, const std::string& domain) {
    if (!is_there(fmt::format("{}/{}", folder, ring_name))) return sign::Ring{.domain = domain};
    return read_ring(folder, domain);
}

std::string pem_path(const std::string& folder, std::string_view selector) {
    return fmt::format("{}/{}.pem", folder, selector);
}

/// A file that keys.json does not know, if it holds this key: root may have put it there.
Expected<void> take_over(const std::string& path, const crypto::PrivateKey& key, Owner owner) {
    const auto pem = read_private_file(path, KeyFolder::most_key_bytes, {.also_owner = owner.user});
    if (!pem) return std::unexpected(pem.error());
    const auto found = crypto::PrivateKey::from_pem(*pem);
    if (!found || found->type() != key.type() || found->public_bytes() != key.public_bytes())
        return fault(path, "is there already; it is not this key, and keys.json does not know it: move it away");
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0) return fault(path);
    return give_to(file.get(), path, owner);
}

} // namespace

Expected<void> check_private(int descriptor, const std::string& path, const Privacy& privacy) {
    struct stat about{};
    if (::fstat(descriptor, &about) != 0) return fault(path);
    if (!S_ISREG(about.st_mode)) return fault(path, "is no regular file");
    const mode_t others = privacy.group_may_read ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if ((about.st_mode & others) != 0)
        return fault(
            path, fmt::format("is not private: others have access (mode {:04o}); chmod 600", about.st_mode & 07777U));
    const uid_t self = ::geteuid();
    if (about.st_uid != 0 && about.st_uid != self && (self != 0 || about.st_uid != privacy.also_owner))
        return fault(path, fmt::format("belongs to another user (uid {})", about.st_uid));
    return {};
}

Expected<std::string> read_private_file(const std::string& path, std::size_t most, const Privacy& privacy) {
    // The file that is judged is the file that is read.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
    if (file.get() < 0) return errno == ELOOP ? fault(path, "is a symbolic link") : fault(path);
    if (auto sound = check_private(file.get(), path, privacy); !sound) return std::unexpected(sound.error());
    std::string text(most + 1, '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + have, text.size() - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fault(path);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    if (have > most) return fault(path, fmt::format("is longer than {} bytes", most));
    text.resize(have);
    return text;
}

Expected<crypto::PrivateKey> read_usable_key(const std::string& pem) {
    auto key = crypto::PrivateKey::from_pem(pem);
    if (!key) return key;
    if (key->type() == crypto::KeyType::rsa && key->bits() < KeyFolder::least_bits)
        return failure(fmt::format("the RSA key has only {} bits, less than {}", key->bits(), KeyFolder::least_bits),
                       Error::nowhere, "RFC 8301 3.2");
    if (key->type() == crypto::KeyType::rsa && key->bits() > KeyFolder::most_bits)
        return failure(fmt::format("the RSA key has {} bits, more than the {} that verifiers must take", key->bits(),
                                   KeyFolder::most_bits),
                       Error::nowhere, "RFC 8301 3.2");
    return key;
}

Expected<std::string> KeyFolder::folder_of(std::string_view domain) const {
    const auto name = dns::to_ascii(domain);
    if (!name || !dns::is_hostname_like(*name)) return failure(escape::line(domain) + " is no domain name");
    return path_ + "/" + *name;
}

std::uint32_t KeyFolder::owner() const {
    const auto found = owner_of(path_);
    return found ? found->user : 0;
}

Expected<void> KeyFolder::create() const {
    if (is_there(path_)) return {};
    const std::size_t slash = path_.find_last_of('/');
    const std::string above = slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
    const auto owner = owner_of(above);
    if (!owner) return std::unexpected(owner.error());
    return make_folder(path_, *owner);
}

Expected<std::vector<std::string>> KeyFolder::domains() const {
    std::vector<std::string> found;
    if (!is_there(path_)) return found;
    if (const auto sound = check_folder(path_); !sound) return std::unexpected(sound.error());
    const std::unique_ptr<DIR, decltype([](DIR* open) { ::closedir(open); })> folder(::opendir(path_.c_str()));
    if (folder == nullptr) return fault(path_);
    while (const dirent* entry = ::readdir(folder.get())) {
        std::string name = entry->d_name;
        const auto own = folder_of(name);
        if (!own || *own != path_ + "/" + name || !is_there(fmt::format("{}/{}", *own, ring_name))) continue;
        if (found.size() == most_domains) return fault(path_, fmt::format("holds more than {} domains", most_domains));
        found.push_back(std::move(name));
    }
    std::ranges::sort(found);
    return found;
}

Expected<sign::Ring> KeyFolder::ring(std::string_view domain) const {
    const auto folder = folder_of(domain);
    if (!folder) return std::unexpected(folder.error());
    if (!is_there(fmt::format("{}/{}", *folder, ring_name)))
        return failure(fmt::format("there are no keys of {} in {}", escape::line(domain), escape::line(path_)));
    if (const auto sound = check_folder(*folder); !sound) return std::unexpected(sound.error());
    return read_ring(*folder, folder->substr(path_.size() + 1));
}

Expected<std::optional<FileStamp>> KeyFolder::stamp(std::string_view domain) const {
    const auto folder = folder_of(domain);
    if (!folder) return std::unexpected(folder.error());
    return look_at_file(fmt::format("{}/{}", *folder, ring_name));
}

Expected<crypto::PrivateKey> KeyFolder::private_key(std::string_view domain, std::string_view selector) const {
    const auto known = ring(domain);
    if (!known) return std::unexpected(known.error());
    const sign::Key* const row = known->find(selector);
    if (row == nullptr)
        return failure(fmt::format("{} has no key with the selector {}", known->domain, escape::line(selector)));
    const std::string folder = path_ + "/" + known->domain;
    const auto owner = owner_of(folder);
    if (!owner) return std::unexpected(owner.error());
    const std::string path = pem_path(folder, row->selector);
    const auto pem = read_private_file(path, most_key_bytes, {.also_owner = owner->user});
    if (!pem) return std::unexpected(pem.error());
    auto key = read_usable_key(*pem);
    if (!key) return fault(path, key.error().text);
    if (key->type() != row->type || base64::encode(key->public_bytes()) != row->public_key)
        return fault(path, "is not the key that keys.json tells of: the file was swapped");
    return key;
}

Expected<void> KeyFolder::change(std::string_view domain, const Change& change) const {
    const auto folder = folder_of(domain);
    if (!folder) return std::unexpected(folder.error());
    const auto owner = check_folder(path_);
    if (!owner) return std::unexpected(owner.error());
    if (auto made = make_folder(*folder, *owner); !made) return made;
    if (const auto sound = check_folder(*folder); !sound) return std::unexpected(sound.error());
    const auto lock = Lock::take(*folder, *owner);
    if (!lock) return std::unexpected(lock.error());
    auto ring = ring_or_empty(*folder, folder->substr(path_.size() + 1));
    if (!ring) return std::unexpected(ring.error());
    const sign::Ring before = *ring;
    if (auto changed = change(*ring); !changed) return changed;
    if (*ring == before) return {};
    return write_ring(*folder, *ring, *owner);
}

Expected<std::string> KeyFolder::add(std::string_view domain, const crypto::PrivateKey& key, sign::Key row,
                                     const Wanted& wanted) const {
    const auto folder = folder_of(domain);
    if (!folder) return std::unexpected(folder.error());
    row.type = key.type();
    row.bits = key.bits();
    row.public_key = base64::encode(key.public_bytes());
    const bool choose = row.selector.empty();
    const auto added = change(domain, [&](sign::Ring& ring) -> Expected<void> {
        if (wanted)
            if (auto is_wanted = wanted(ring); !is_wanted) return is_wanted;
        // A file without a row was left by an interruption or by a person: it stays.
        sign::Ring taken = ring;
        while (choose) {
            row.selector = sign::default_selector(taken, row.type, row.created);
            if (!is_there(pem_path(*folder, row.selector))) break;
            taken.keys.push_back(row);
        }
        if (auto fits = sign::add(ring, row); !fits) return fits;
        const std::string path = pem_path(*folder, row.selector);
        const auto owner = owner_of(path_);
        if (!owner) return std::unexpected(owner.error());
        if (is_there(path)) return take_over(path, key, *owner);
        return write_file(path, key.to_pem(), O_EXCL, *owner);
    });
    if (!added) return std::unexpected(added.error());
    return row.selector;
}

Expected<void> KeyFolder::remove_private_key(std::string_view domain, std::string_view selector) const {
    const auto folder = folder_of(domain);
    if (!folder) return std::unexpected(folder.error());
    if (auto sound = sign::check_selector(selector, folder->substr(path_.size() + 1)); !sound) return sound;
    return change(domain, [&](sign::Ring& ring) -> Expected<void> {
        if (ring.find(selector) != nullptr) return failure(fmt::format("{} is still a key", selector));
        const std::string path = pem_path(*folder, selector);
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fault(path);
        return {};
    });
}

} // namespace bonafide::io
