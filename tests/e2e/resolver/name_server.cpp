#include "name_server.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace bonafide::e2e {
namespace {

const std::string runner = BONAFIDE_PARTS "/run"; // made by scripts/fetch-parts

pid_t spawn(std::vector<std::string> command, const std::filesystem::path& folder, const std::string& log) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a crashed test leaves no server behind
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

void run(std::vector<std::string> command, const Folder& folder) {
    const std::string what = command[1];
    int status = 0;
    ::waitpid(spawn(std::move(command), folder.path(), "log"), &status, 0);
    if (status != 0) throw std::runtime_error(what + " failed: " + folder.read("log"));
}

bool answers_tcp(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
}

bool can_bind(int type, std::uint16_t port) {
    const int socket = ::socket(AF_INET6, type | SOCK_CLOEXEC, 0); // dual-stack: both families at once
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return bound;
}

} // namespace

Folder::Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-e2e-XXXXXX").string();
    const char* const made = ::mkdtemp(pattern.data());
    if (made == nullptr) throw std::runtime_error("no temporary folder");
    path_ = made;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
}

std::string Folder::read(const std::string& name) const {
    std::ifstream file(path_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::uint16_t free_port() {
    static std::uint16_t next =
        static_cast<std::uint16_t>(20000 + ::getpid() % 10000); // below the ports the system hands out
    for (int tries = 0; tries < 1000; ++tries) {
        ++next;
        if (can_bind(SOCK_DGRAM, next) && can_bind(SOCK_STREAM, next)) return next;
    }
    throw std::runtime_error("no free port");
}

NameServer::NameServer(std::map<std::string, std::string> zones) : port_(free_port()) {
    const std::string folder = folder_.path().string();
    const std::string port = std::to_string(port_);
    std::string config = "server:\n ip-address: 127.0.0.1@" + port + "\n ip-address: ::1@" + port +
                         "\n username: \"\"\n chroot: \"\"\n database: \"\"\n" +
                         " server-count: 1\n rrl-ratelimit: 0\n logfile: \"" + folder + "/log\"\n pidfile: \"" +
                         folder + "/pid\"\n xfrdfile: \"" + folder + "/xfrd\"\n zonelistfile: \"" + folder +
                         "/zones\"\n xfrdir: \"" + folder + "\"\n zonesdir: \"" + folder +
                         "\"\nremote-control:\n control-enable: no\n";
    for (const auto& [name, text] : zones) {
        folder_.write("zone-" + name, text);
        config += "zone:\n name: \"" + name + ".\"\n zonefile: \"zone-" + name + "\"\n";
    }
    folder_.write("nsd.conf", config);
    start();
}

NameServer::~NameServer() { stop(); }

void NameServer::start() {
    process_ = spawn({runner, "nsd", "-d", "-c", (folder_.path() / "nsd.conf").string()}, folder_.path(), "log");
    for (int tries = 0; tries < 200; ++tries) {
        if (answers_tcp(port_)) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(50)); // another process: nothing to wait on
    }
    throw std::runtime_error("nsd does not come up: " + folder_.read("log"));
}

void NameServer::stop() {
    if (process_ < 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

SignedZone sign_zone(const std::string& zone, const std::string& text) {
    const Folder folder;
    folder.write("zone", text);
    run({runner, "ldns-keygen", "-a", "ED25519", "-k", zone}, folder);
    std::string key;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        if (entry.path().extension() == ".key") key = entry.path().stem().string();
    run({runner, "ldns-signzone", "-o", zone, "-f", "signed", "zone", key}, folder);
    return {folder.read("signed"), folder.read(key + ".key")};
}

} // namespace bonafide::e2e
