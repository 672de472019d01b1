// The keys on disk: FOLDER/DOMAIN/keys.json says what there is (sign::Ring), FOLDER/DOMAIN/SELECTOR.pem are the private keys.
//
// Folders are 0700, files 0600, owned by the service's user: made by root they get the owner of FOLDER. A key that anybody else can read
// or put in place is not used. keys.json is replaced whole under a lock, so that a reader sees the old or the new one, also after a power
// loss; a private key is on disk before keys.json knows it, and a file that keys.json does not know means nothing.
// Reads the disk at every call. Any thread, and other processes beside it.
#pragma once

#include "base/error.hpp"
#include "crypto/key.hpp"
#include "io/watched_file.hpp"
#include "sign/key_ring.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io {

class KeyFolder {
  public:
    static constexpr std::size_t most_domains = 100'000;
    static constexpr std::size_t most_key_bytes = 65536;
    static constexpr unsigned least_bits = 1024; ///< RFC 8301 3.2
    static constexpr unsigned most_bits = 4096;

    explicit KeyFolder(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] const std::string& path() const { return path_; }
    /// The user whom FOLDER belongs to; 0 where it is not there.
    [[nodiscard]] std::uint32_t owner() const;

    /// Makes FOLDER where it is not there, with the owner of the folder above it. Errors: that one is not there either.
    [[nodiscard]] Expected<void> create() const;

    /// Those with a keys.json, sorted; none when FOLDER is not there. Errors: it cannot be read, or others may write into it.
    [[nodiscard]] Expected<std::vector<std::string>> domains() const;
    /// Errors: the domain has no keys here, or keys.json is broken or of another domain.
    [[nodiscard]] Expected<sign::Ring> ring(std::string_view domain) const;
    /// Another after every change of keys.json; nothing: there is none.
    [[nodiscard]] Expected<std::optional<FileStamp>> stamp(std::string_view domain) const;
    /// Errors: no such key; a file that others can read, or that belongs to somebody else; broken, encrypted, too small or too large;
    /// not the key that keys.json tells of ("swapped").
    [[nodiscard]] Expected<crypto::PrivateKey> private_key(std::string_view domain, std::string_view selector) const;

    using Change = std::function<Expected<void>(sign::Ring&)>;
    /// Lets `change` alter the ring, and writes it, while nobody else does. A domain without keys has an empty ring. What `change` refuses
    /// is not written; nor is a ring that it left as it was.
    Expected<void> change(std::string_view domain, const Change& change) const;
    /// A new key: its file, then its row, whose public key, type and bits are taken from `key`. `row.selector` may be empty: the usual
    /// name. A file of this selector that holds this very key is taken over. The selector it has.
    /// `wanted`, which nobody changes the ring behind, may refuse it.
    using Wanted = std::function<Expected<void>(const sign::Ring&)>;
    [[nodiscard]] Expected<std::string> add(std::string_view domain, const crypto::PrivateKey& key, sign::Key row,
                                            const Wanted& wanted = {}) const;
    /// Removes a private key whose row is gone already; nothing happens when there is no such file.
    Expected<void> remove_private_key(std::string_view domain, std::string_view selector) const;

  private:
    [[nodiscard]] Expected<std::string> folder_of(std::string_view domain) const;
    std::string path_;
};

/// The key in a PEM text, if it can sign mail. Errors: broken, encrypted, neither RSA nor Ed25519, too small, too large.
[[nodiscard]] Expected<crypto::PrivateKey> read_usable_key(const std::string& pem);

/// Who may see a secret besides its owner, who is this user or root.
struct Privacy {
    std::uint32_t also_owner = 0; ///< for root: files of the service's user are as good
    bool group_may_read = false;
};
/// Errors: not a regular file, others have access, another owner. `path` names it in the error.
[[nodiscard]] Expected<void> check_private(int descriptor, const std::string& path, const Privacy& privacy = {});
/// The whole of a file that check_private() lets pass. A symbolic link is refused.
[[nodiscard]] Expected<std::string> read_private_file(const std::string& path, std::size_t most,
                                                      const Privacy& privacy = {});

} // namespace bonafide::io
