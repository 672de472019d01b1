// A real nsd on a free loopback port, IPv4 and IPv6, serving zones given as text. Also the tools that sign a zone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>

namespace bonafide::e2e {

/// A temporary folder, removed with everything in it.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    std::string write(const std::string& name, const std::string& text) const;
    [[nodiscard]] std::string read(const std::string& name) const;

  private:
    std::filesystem::path path_;
};

/// A UDP port of 127.0.0.1 and ::1 that is free now, for TCP too.
[[nodiscard]] std::uint16_t free_port();

class NameServer {
  public:
    /// Zone name (no final dot; "" for the root) to master file text. Throws when nsd does not come up.
    explicit NameServer(std::map<std::string, std::string> zones);
    ~NameServer();
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    void start();
    void stop();
    [[nodiscard]] std::string v4() const { return "127.0.0.1@" + std::to_string(port_); }
    [[nodiscard]] std::string v6() const { return "::1@" + std::to_string(port_); }

  private:
    Folder folder_;
    std::uint16_t port_;
    pid_t process_ = -1;
};

struct SignedZone {
    std::string text;   ///< master file with DNSKEY, RRSIG, NSEC
    std::string anchor; ///< the DNSKEY record to trust
};
/// Signs with a fresh Ed25519 key.
[[nodiscard]] SignedZone sign_zone(const std::string& zone, const std::string& text);

} // namespace bonafide::e2e
