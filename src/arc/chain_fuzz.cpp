// Any bytes as a message, and keys that depend on the name asked for: validation ends in a coherent outcome, and what we seal on
// top of a chain that passes, passes. Selector s of any domain finds the Ed25519 key of RFC 8463 A.2.
#include "arc/merge.hpp"
#include "arc/seal.hpp"
#include "arc/test_sealer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace bonafide;

class Keys : public dns::Source {
  public:
    [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
        if (question.name.starts_with("s.")) return key_;
        switch (question.name.size() % 4) {
        case 0: return dns::make_answer(dns::Status::serv_fail);
        case 1: return dns::make_answer(dns::Status::nx_domain);
        case 2: return junk_;
        default: return dns::make_answer(dns::Status::no_data);
        }
    }

  private:
    static dns::Answer txt(std::string text) {
        auto answer = std::make_shared<dns::AnswerData>();
        answer->status = dns::Status::ok;
        answer->txt.push_back(std::move(text));
        return answer;
    }
    dns::Answer key_ = txt("k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    dns::Answer junk_ = txt("p=AAAA");
};

const crypto::PrivateKey& sealing_key() {
    static const crypto::PrivateKey key =
        crypto::PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n"
                                     "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                                     "-----END PRIVATE KEY-----\n")
            .value();
    return key;
}

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const arc::Outcome& outcome) {
    require((outcome.result == arc::Status::pass) == (outcome.code == arc::Code::ok));
    require((outcome.result == arc::Status::fail) != outcome.reason.empty());
    require(std::ranges::none_of(outcome.reason, [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    require(outcome.instances.size() <= arc::most_instances);
    require(outcome.oldest_pass == 0 || outcome.oldest_pass <= outcome.instances.size());
    for (std::size_t i = 0; i < outcome.instances.size(); ++i) {
        const arc::Instance& instance = outcome.instances[i];
        require(instance.number == i + 1);
        require((instance.seal.check == arc::Check::fail) == !instance.seal.reason.empty());
        require((instance.message.check == arc::Check::fail) == !instance.message.reason.empty());
        if (outcome.result == arc::Status::pass) require(instance.seal.check == arc::Check::pass);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Keys keys;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(text.find("\r\n\r\n"), size);
    arc::testing::Message message{std::string(text.substr(0, end)), std::string(text.substr(std::min(end + 4, size)))};
    const arc::testing::Validated before = arc::testing::validated(message, keys);
    check(before.outcome);

    arc::SealRequest request;
    request.domain = "a.example";
    request.selector = "s";
    request.authserv_id = "mx.a.example";
    const std::vector<std::string> ids{"mx.a.example"};
    const auto sealing = arc::seal(before.header, before.bodies, before.outcome, arc::merge_results(before.header, ids),
                                   sealing_key(), request);
    require(sealing.has_value());
    require(sealing->set.has_value() != !sealing->why_not.empty());
    if (!sealing->set) return 0;
    const arc::Set& set = *sealing->set;
    std::string header = "ARC-Seal: " + set.seal + "\r\nARC-Message-Signature: " + set.message_signature +
                         "\r\nARC-Authentication-Results: " + set.results + "\r\n";
    for (std::size_t i = 0; i < before.header.size(); ++i) header += std::string(before.header[i].raw) + "\r\n";
    message.header = std::move(header);
    const arc::Outcome after = arc::testing::validate(message, keys);
    check(after);
    if (set.cv == arc::Status::fail)
        require(after.code == arc::Code::reported_failed);
    else
        require(after.result == arc::Status::pass);
    return 0;
}
