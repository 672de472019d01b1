// Where a milter listens, in the spellings of Postfix and of Sendmail, and the listening socket itself.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::io::milter {

struct ListenAddress {
    enum class Kind : std::uint8_t { inet, inet6, unix_socket };
    Kind kind = Kind::inet;
    std::string host; ///< IP address or host name, without brackets
    std::uint16_t port = 0;
    std::string path; ///< of a unix socket

    /// "inet:HOST:PORT", "inet:PORT@HOST", "inet6:[HOST]:PORT", "inet6:PORT@HOST", "unix:/path", "local:/path". Port 0: any free one.
    /// A host must be named: listening everywhere is written 0.0.0.0 or [::].
    [[nodiscard]] static Expected<ListenAddress> parse(std::string_view text);
    [[nodiscard]] std::string text() const; ///< in Postfix's spelling
    bool operator==(const ListenAddress&) const = default;
};

/// A listening, non-blocking socket. Destruction closes it and removes its socket file, if that file is still the one it made.
class Listener {
  public:
    /// Binds and listens; `mode` is that of a unix socket's file. A socket file on which nobody listens is replaced, one in use or a file
    /// of another kind is an error.
    [[nodiscard]] static Expected<Listener> open(const ListenAddress& address, std::uint32_t mode);
    ~Listener();
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// As bound: with the actual port.
    [[nodiscard]] const ListenAddress& address() const { return address_; }
    /// The socket is the caller's from here on (the file stays ours).
    [[nodiscard]] int release();

  private:
    Listener(int descriptor, ListenAddress address) : descriptor_(descriptor), address_(std::move(address)) {}
    [[nodiscard]] Expected<void> bind_unix(std::uint32_t mode);

    int descriptor_ = -1;
    ListenAddress address_;
    std::uint64_t file_device_ = 0; ///< of the socket file we made
    std::uint64_t file_inode_ = 0;
};

} // namespace bonafide::io::milter
