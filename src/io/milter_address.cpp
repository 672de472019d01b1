#include "io/milter_address.hpp"

#include "base/ascii.hpp"
#include "base/endpoint.hpp"
#include "base/escape.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace bonafide::io::milter {
namespace {

using Kind = ListenAddress::Kind;

constexpr int backlog = 1024;

std::string system_error(int code) { return std::generic_category().message(code); }

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// Whether a process listens on this socket file.
bool in_use(const std::string& path) {
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0) return true;
    const sockaddr_un address = unix_address(path);
    const bool refused =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 && errno == ECONNREFUSED;
    ::close(probe);
    return !refused;
}

struct AddressListDeleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

Expected<AddressList> resolve(const ListenAddress& address) {
    addrinfo hints{};
    hints.ai_family = address.kind == Kind::inet ? AF_INET : AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    if (const int code = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list))
        return failure(fmt::format("cannot listen on {}: {}", address.text(), ::gai_strerror(code)));
    return AddressList{list};
}

std::uint16_t bound_port(int descriptor) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) < 0) return 0;
    if (bound.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
    return ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port);
}

/// Sendmail's "PORT@HOST"; brackets may stand round an IPv6 address.
std::optional<ip::HostPort> parse_sendmail(std::string_view text) {
    const std::size_t at = text.find('@');
    const auto port = ip::parse_port(text.substr(0, at));
    std::string_view host = text.substr(at + 1);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (!port || host.empty()) return {};
    return ip::HostPort{host, *port};
}

std::unexpected<Error> listen_failure(const ListenAddress& address, std::string_view why) {
    return failure(fmt::format("cannot listen on {}: {}", address.text(), why));
}

} // namespace

Expected<ListenAddress> ListenAddress::parse(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return failure(fmt::format("\"{}\" is no milter address: {}", escape::line(text), why), Error::nowhere, {});
    };
    const auto colon = text.find(':');
    if (text.starts_with('/')) return wrong("a socket's path is written with unix: before it");
    if (colon == std::string_view::npos) return wrong("it starts with inet:, inet6: or unix:");
    const std::string kind = ascii::lower(text.substr(0, colon));
    std::string_view rest = text.substr(colon + 1);
    ListenAddress result;
    if (kind == "unix" || kind == "local") {
        result.kind = Kind::unix_socket;
        if (!rest.starts_with('/')) return wrong("the path of a socket is absolute");
        if (rest.size() >= sizeof(sockaddr_un::sun_path)) return wrong("the path of a socket has at most 107 bytes");
        if (rest.contains('\0')) return wrong("the path holds a NUL");
        result.path = rest;
        return result;
    }
    if (kind != "inet" && kind != "inet6")
        return wrong(ip::HostPort::parse(text) ? "a host and port are written with inet: before them"
                                               : "it starts with inet:, inet6: or unix:");
    const auto place = rest.contains('@') ? parse_sendmail(rest) : ip::HostPort::parse(rest);
    if (!place)
        return wrong("name a host and a port up to 65535, for instance inet:127.0.0.1:8899 or inet6:[::1]:8899");
    if (place->host.contains('\0')) return wrong("the host holds a NUL");
    result.host = place->host;
    result.port = place->port;
    result.kind = kind == "inet" ? Kind::inet : Kind::inet6;
    if (const auto literal = ip::Address::parse_unmapped(result.host)) {
        if (literal->is_v4() && result.kind == Kind::inet6) return wrong("inet6: takes an IPv6 address");
        if (!literal->is_v4()) result.kind = Kind::inet6; // Postfix's inet: is both families
    }
    return result;
}

std::string ListenAddress::text() const {
    switch (kind) {
    case Kind::inet: return fmt::format("inet:{}:{}", host, port);
    case Kind::inet6: return fmt::format("inet6:[{}]:{}", host, port);
    case Kind::unix_socket: return "unix:" + path;
    }
    return {};
}

Expected<Listener> Listener::open(const ListenAddress& address, std::uint32_t mode) {
    const bool is_unix = address.kind == Kind::unix_socket;
    const int family = is_unix ? AF_UNIX : address.kind == Kind::inet ? AF_INET : AF_INET6;
    Listener listener{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), address};
    if (listener.descriptor_ < 0) return listen_failure(address, system_error(errno));
    if (is_unix) {
        if (auto bound = listener.bind_unix(mode); !bound) return std::unexpected(std::move(bound.error()));
    } else {
        const auto list = resolve(address);
        if (!list) return std::unexpected(list.error());
        const int on = 1;
        ::setsockopt(listener.descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (family == AF_INET6) ::setsockopt(listener.descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        if (::bind(listener.descriptor_, (*list)->ai_addr, (*list)->ai_addrlen) < 0)
            return listen_failure(address, system_error(errno));
        listener.address_.port = bound_port(listener.descriptor_);
    }
    if (::listen(listener.descriptor_, backlog) < 0) return listen_failure(address, system_error(errno));
    return listener;
}

// Until listen() nobody can connect, so the mode is in force before anybody is let in.
Expected<void> Listener::bind_unix(std::uint32_t mode) {
    const sockaddr_un where = unix_address(address_.path);
    const auto bind_it = [&] { return ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where); };
    struct stat file{};
    if (bind_it() < 0) {
        if (errno != EADDRINUSE) return listen_failure(address_, system_error(errno));
        if (::lstat(address_.path.c_str(), &file) == 0 && !S_ISSOCK(file.st_mode))
            return listen_failure(address_, "a file that is no socket is there");
        if (in_use(address_.path)) return listen_failure(address_, "another process listens there");
        ::unlink(address_.path.c_str());
        if (bind_it() < 0) return listen_failure(address_, system_error(errno));
    }
    if (::chmod(address_.path.c_str(), mode) < 0) return listen_failure(address_, system_error(errno));
    if (::lstat(address_.path.c_str(), &file) == 0) {
        file_device_ = file.st_dev;
        file_inode_ = file.st_ino;
    }
    return {};
}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), address_(std::move(other.address_)),
      file_device_(std::exchange(other.file_device_, 0)), file_inode_(std::exchange(other.file_inode_, 0)) {}

Listener::~Listener() {
    if (descriptor_ >= 0) ::close(descriptor_);
    struct stat file{};
    if (file_inode_ != 0 && ::lstat(address_.path.c_str(), &file) == 0 && file.st_dev == file_device_ &&
        file.st_ino == file_inode_)
        ::unlink(address_.path.c_str());
}

int Listener::release() { return std::exchange(descriptor_, -1); }

} // namespace bonafide::io::milter
