// Fetching from a TLS server of the test's own, and what is refused before any connection.
#include "io/https_document.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <gmock/gmock.h>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace bonafide::io {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

template<auto function> struct Free {
    template<class T> void operator()(T* object) const { function(object); }
};

/// A server with a certificate of its own for mta-sts.example.com; serves one connection after the other.
class TlsServer {
  public:
    explicit TlsServer(std::string reply) : reply_(std::move(reply)) {
        make_certificate();
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        auto* const address = reinterpret_cast<sockaddr*>(&at);
        EXPECT_EQ(::bind(listener_, address, size), 0);
        EXPECT_EQ(::listen(listener_, 4), 0);
        EXPECT_EQ(::getsockname(listener_, address, &size), 0);
        port_ = ntohs(at.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~TlsServer() {
        ending_ = true;
        thread_.join();
        ::close(listener_);
        std::filesystem::remove(ca_file_);
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    [[nodiscard]] HttpsRequest request() const {
        return {.host = "mta-sts.example.com",
                .path = "/.well-known/mta-sts.txt",
                .addresses = {*ip::Address::parse("127.0.0.1")},
                .timeout = 3s,
                .ca_file = ca_file_,
                .port = port_,
                .reach = Reach::all_hosts};
    }
    [[nodiscard]] int connections() const { return connections_; }
    [[nodiscard]] std::string asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

  private:
    void make_certificate() {
        key_.reset(EVP_EC_gen("P-256"));
        certificate_.reset(X509_new());
        X509* const made = certificate_.get();
        X509_set_version(made, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
        X509_gmtime_adj(X509_getm_notBefore(made), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made), 3600);
        X509_set_pubkey(made, key_.get());
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
        X509_set_issuer_name(made, X509_get_subject_name(made));
        for (const auto& [id, value] : {std::pair{NID_subject_alt_name, "DNS:mta-sts.example.com"},
                                        std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
            const std::unique_ptr<X509_EXTENSION, Free<&X509_EXTENSION_free>> extension(
                X509V3_EXT_conf_nid(nullptr, nullptr, id, value));
            X509_add_ext(made, extension.get(), -1);
        }
        X509_sign(made, key_.get(), EVP_sha256());
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-ca-XXXXXX").string();
        const int file = ::mkstemp(pattern.data());
        ca_file_ = pattern;
        const std::unique_ptr<std::FILE, Free<&std::fclose>> out(::fdopen(file, "w"));
        PEM_write_X509(out.get(), made);
    }
    void run() {
        sigset_t pipe; // who asked may have gone, since the certificate did not suit
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        const std::unique_ptr<SSL_CTX, Free<&SSL_CTX_free>> context(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(context.get(), certificate_.get());
        SSL_CTX_use_PrivateKey(context.get(), key_.get());
        while (!ending_) {
            pollfd ready{listener_, POLLIN, 0};
            if (::poll(&ready, 1, 5) <= 0) continue;
            const int line = ::accept(listener_, nullptr, nullptr);
            ++connections_;
            const timeval patience{.tv_sec = 2, .tv_usec = 0};
            ::setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            serve(context.get(), line);
            ::close(line);
        }
    }
    void serve(SSL_CTX* context, int line) {
        const std::unique_ptr<SSL, Free<&SSL_free>> tls(SSL_new(context));
        SSL_set_fd(tls.get(), line);
        if (SSL_accept(tls.get()) != 1) return;
        char bytes[4096];
        const int got = SSL_read(tls.get(), bytes, sizeof bytes);
        if (got <= 0) return;
        {
            const std::lock_guard lock(mutex_);
            asked_.assign(bytes, static_cast<std::size_t>(got));
        }
        if (reply_.empty()) { // silence
            while (!ending_ && SSL_read(tls.get(), bytes, sizeof bytes) > 0) {}
            return;
        }
        SSL_write(tls.get(), reply_.data(), static_cast<int>(reply_.size()));
        SSL_shutdown(tls.get());
    }

    std::string reply_, ca_file_;
    mutable std::mutex mutex_;
    std::string asked_;
    std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>> key_;
    std::unique_ptr<X509, Free<&X509_free>> certificate_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> ending_{false};
    std::atomic<int> connections_{0};
    std::thread thread_;
};

std::string response(std::string_view status, std::string_view body, std::string_view more = "") {
    return fmt::format("HTTP/1.1 {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}",
                       status, body.size(), more, body);
}

TEST(HttpsDocument, IsFetchedFromThePinnedAddress) {
    const TlsServer server(response("200 OK", "version: STSv1\r\n"));
    const HttpsDocument got = fetch(server.request());
    EXPECT_EQ(got.fault, "");
    EXPECT_EQ(got.status, 200U);
    EXPECT_EQ(got.content_type, "text/plain");
    EXPECT_EQ(got.body, "version: STSv1\r\n");
    EXPECT_THAT(server.asked(), HasSubstr("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.com"));
}

TEST(HttpsDocument, RedirectsAreNotFollowed) {
    const TlsServer server(response("302 Found", "", "Location: https://mta-sts.example.com/other\r\n"));
    const HttpsDocument got = fetch(server.request());
    EXPECT_EQ(got.fault, "");
    EXPECT_EQ(got.status, 302U);
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpsDocument, ProxiesOfTheEnvironmentAreNotUsed) {
    ::setenv("https_proxy", "http://127.0.0.1:9", 1);
    ::setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    const TlsServer server(response("200 OK", "x"));
    EXPECT_EQ(fetch(server.request()).fault, "");
    ::unsetenv("https_proxy");
    ::unsetenv("ALL_PROXY");
}

TEST(HttpsDocument, SizeIsBounded) {
    HttpsRequest request;
    const std::size_t most = request.most_bytes;
    EXPECT_EQ(most, 65536U);
    const TlsServer fits(response("200 OK", std::string(most, 'x'))),
        past(response("200 OK", std::string(most + 1, 'x')));
    const HttpsDocument at = fetch(fits.request());
    EXPECT_EQ(at.fault, "");
    EXPECT_EQ(at.body.size(), most);
    const HttpsDocument beyond = fetch(past.request());
    EXPECT_EQ(beyond.fault, "the document is larger than 65536 bytes");
    EXPECT_TRUE(beyond.body.empty());
}

TEST(HttpsDocument, CertificatesAreChecked) {
    const TlsServer server(response("200 OK", "x"));
    HttpsRequest other_name = server.request();
    other_name.host = "mta-sts.example.net";
    EXPECT_NE(fetch(other_name).fault, "");
    HttpsRequest strange_authority = server.request();
    strange_authority.ca_file.clear();
    EXPECT_NE(fetch(strange_authority).fault, "");
    EXPECT_EQ(server.asked(), "") << "nothing is said before the certificate holds";
}

TEST(HttpsDocument, TimeIsBounded) {
    const TlsServer server("");
    HttpsRequest request = server.request();
    request.timeout = 300ms;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_NE(fetch(request).fault, "");
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST(HttpsDocument, AddressesOfTheInsideAreRefusedBeforeConnecting) {
    const TlsServer server(response("200 OK", "x"));
    for (const std::string_view inside :
         {"127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "192.168.1.1", "0.0.0.0", "::1", "fe80::1",
          "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "192.0.2.1", "2001:db8::1"}) {
        HttpsRequest request = server.request();
        request.reach = Reach::public_hosts;
        // Beside a public address too: one that may be asked opens no door to the other.
        request.addresses = {*ip::Address::parse_unmapped("8.8.8.8"), *ip::Address::parse_unmapped(inside)};
        EXPECT_THAT(fetch(request).fault, HasSubstr("is no address of the public internet")) << inside;
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST(HttpsDocument, HostsThatAreNoNamesAreRefused) {
    const TlsServer server(response("200 OK", "x"));
    for (const std::string_view host : {"", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "a.0x1", "[::1]",
                                        "a@b.example", "a.example/x", "a.example:1", "a b.example"}) {
        HttpsRequest request = server.request();
        request.host = host;
        EXPECT_EQ(fetch(request).fault, "no host that could be asked") << host;
    }
    HttpsRequest no_path = server.request(), no_address = server.request();
    no_path.path = "x";
    no_address.addresses.clear();
    EXPECT_EQ(fetch(no_path).fault, "no host that could be asked");
    EXPECT_EQ(fetch(no_address).fault, "the host has no address");
    EXPECT_EQ(server.connections(), 0);
}

} // namespace
} // namespace bonafide::io
