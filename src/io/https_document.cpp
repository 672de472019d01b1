#include "io/https_document.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>

namespace bonafide::io {
namespace {

struct Deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Deleter>;
using List = std::unique_ptr<curl_slist, Deleter>;

/// Once in the process, before any thread uses curl.
bool is_ready() {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return ready;
}

HttpsDocument fault(std::string text) { return {.fault = std::move(text)}; }

struct Body {
    std::string text;
    std::size_t most;
};
std::size_t take(char* data, std::size_t size, std::size_t count, void* to) {
    Body& body = *static_cast<Body*>(to);
    const std::size_t bytes = size * count;
    if (bytes > body.most - body.text.size()) return 0; // curl ends the transfer
    body.text.append(data, bytes);
    return bytes;
}

/// curl takes a host of digits for an address, in every spelling that inet_aton knows, and asks nobody's list of pinned ones.
bool is_name(const std::string& host) {
    const std::string_view last = std::string_view(host).substr(host.rfind('.') + 1);
    return dns::is_hostname_like(host) && !last.empty() && !ascii::is_digit(last.front());
}

std::string pinned(const HttpsRequest& request, const std::vector<ip::Address>& addresses) {
    std::string list;
    for (const ip::Address& address : addresses)
        list +=
            fmt::format("{}{}", list.empty() ? "" : ",", address.is_v4() ? address.text() : "[" + address.text() + "]");
    return fmt::format("{}:{}:{}", request.host, request.port, list);
}

} // namespace

HttpsDocument fetch(const HttpsRequest& request) {
    const std::vector<ip::Address>& addresses = request.addresses;
    if (!is_name(request.host) || !request.path.starts_with('/')) return fault("no host that could be asked");
    if (addresses.empty()) return fault("the host has no address");
    if (request.reach == Reach::public_hosts) {
        const auto refused = std::ranges::find_if(addresses, ip::is_special_use);
        if (refused != addresses.end())
            return fault(fmt::format("{} is no address of the public internet; it is not asked", refused->text()));
    }
    const Handle curl(is_ready() ? curl_easy_init() : nullptr);
    if (!curl) return fault("libcurl cannot be used");
    const List resolve(curl_slist_append(nullptr, pinned(request, addresses).c_str()));
    const std::string url = fmt::format("https://{}:{}{}", request.host, request.port, request.path);
    Body body{.text = {}, .most = request.most_bytes};
    std::array<char, CURL_ERROR_SIZE> error{};
    const auto set = [&](CURLoption option, auto value) {
        return curl_easy_setopt(curl.get(), option, value) == CURLE_OK;
    };
    const bool well =
        set(CURLOPT_URL, url.c_str()) && set(CURLOPT_RESOLVE, resolve.get()) && set(CURLOPT_PROTOCOLS_STR, "https") &&
        set(CURLOPT_FOLLOWLOCATION, 0L) && set(CURLOPT_PROXY, "") && set(CURLOPT_NOPROXY, "*") &&
        set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED)) && set(CURLOPT_NOSIGNAL, 1L) &&
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count())) &&
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.timeout.count())) && set(CURLOPT_SSL_VERIFYPEER, 1L) &&
        set(CURLOPT_SSL_VERIFYHOST, 2L) && set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
        set(CURLOPT_WRITEFUNCTION, &take) && set(CURLOPT_WRITEDATA, static_cast<void*>(&body)) &&
        set(CURLOPT_ERRORBUFFER, error.data()) && set(CURLOPT_USERAGENT, "bonafide") &&
        (request.ca_file.empty() || set(CURLOPT_CAINFO, request.ca_file.c_str()));
    if (!well) return fault("libcurl refuses the request");
    const CURLcode code = curl_easy_perform(curl.get());
    if (code == CURLE_WRITE_ERROR)
        return fault(fmt::format("the document is larger than {} bytes", request.most_bytes));
    if (code != CURLE_OK) return fault(escape::line(error[0] == '\0' ? curl_easy_strerror(code) : error.data()));
    HttpsDocument document{.body = std::move(body.text)};
    long status = 0;
    const char* type = nullptr;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_TYPE, &type);
    document.status = static_cast<unsigned>(std::max(status, 0L));
    if (type != nullptr) document.content_type = type;
    return document;
}

} // namespace bonafide::io
