#include "cli/dns.hpp"

#include "base/duration.hpp"
#include "cli/check.hpp"
#include "engine/settings_check.hpp"
#include "engine/zone_file.hpp"
#include "io/answer_cache.hpp"
#include "io/resolver.hpp"

#include <boost/asio/io_context.hpp>

namespace bonafide::cli {
namespace {

/// The asynchronous resolver made synchronous: each question runs the event loop until its answer is there.
class ResolverSource final : public dns::Source {
  public:
    [[nodiscard]] static Expected<std::shared_ptr<const dns::Source>> open(io::ResolverSettings settings) {
        auto source = std::make_shared<ResolverSource>();
        auto resolver = io::Resolver::make(source->context_, std::move(settings), source->cache_);
        if (!resolver) return std::unexpected(resolver.error());
        source->resolver_ = std::move(*resolver);
        return source;
    }

    /// One thread at a time: unlike other sources this one is for a single command.
    [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
        if (dns::Answer known = resolver_->try_now(question)) return known;
        // Shared with the callback, which may come later than we wait.
        const auto reply = std::make_shared<dns::Answer>();
        resolver_->ask(question, [reply](dns::Answer answer) { *reply = std::move(answer); });
        context_.restart();
        // The resolver answers or times out by itself; a loop that has nothing left to do is a lost question.
        while (!*reply && context_.run_one() > 0) {}
        return *reply ? *reply : dns::make_answer(dns::Status::timeout);
    }

  private:
    // Destroyed in the reverse order: the resolver first.
    mutable boost::asio::io_context context_;
    io::AnswerCache cache_{io::AnswerCache::Settings{}};
    std::unique_ptr<io::Resolver> resolver_;
};

} // namespace

std::vector<Option> with_dns_options(std::vector<Option> own) {
    own.push_back(
        {.name = "zone", .value = "FILE", .help = "answer DNS questions only from this master file or JSON zone"});
    own.push_back({.name = "dns-server",
                   .value = "IP[@PORT]",
                   .help = "ask this recursive server; otherwise those of the system",
                   .times = Times::any,
                   .check = engine::check_dns_server,
                   .excludes = {"zone"}});
    own.push_back({.name = "dns-timeout",
                   .value = "TIME",
                   .help = "for one question, such as 500ms or 3s",
                   .fallback = "5s",
                   .check = check_duration,
                   .excludes = {"zone"}});
    return own;
}

std::expected<std::shared_ptr<const dns::Zone>, Failure> load_zone(const std::string& file) {
    auto zone = engine::load_zone(file);
    if (!zone) return cannot(zone.error());
    return std::move(*zone);
}

engine::Settings::Dns dns_settings(const Arguments& arguments, engine::Settings::Dns configured) {
    if (arguments.has("dns-server")) {
        configured.servers = arguments.all("dns-server");
        configured.zone.clear();
    }
    if (const auto zone = arguments.text("zone")) configured.zone = *zone;
    if (const auto text = arguments.text("dns-timeout")) configured.timeout = *parse_duration(*text);
    return configured;
}

std::expected<std::shared_ptr<const dns::Source>, Failure> open_dns(const Arguments& arguments,
                                                                    const engine::Settings::Dns& configured) {
    const engine::Settings::Dns asked_for = dns_settings(arguments, configured);
    if (!asked_for.zone.empty()) {
        auto zone = load_zone(asked_for.zone);
        if (!zone) return std::unexpected(zone.error());
        return std::move(*zone);
    }
    io::ResolverSettings settings;
    settings.servers = asked_for.servers;
    settings.timeout = asked_for.timeout;
    settings.dnssec = asked_for.dnssec;
    settings.trust_anchor = asked_for.trust_anchor;
    auto source = ResolverSource::open(std::move(settings));
    if (!source) return cannot(source.error());
    return std::move(*source);
}

} // namespace bonafide::cli
