// `bonafide bench verify|sign|spf`: how fast this build is on a corpus, DNS answered from memory; one JSON line.
// Corpus: manifest.tsv (file, ip, helo, mail-from, rcpt, author domain, signatures, good signatures, spf "pass"/"notpass", mode, kind,
// header bytes, bytes), the messages it names, zone.test (a master file) and, to sign, keys/rsa-DOMAIN.pem at the selector s1. A first round warms the caches and does not count.
#include "base/ascii.hpp"
#include "cli/check.hpp"
#include "cli/command.hpp"
#include "cli/dns.hpp"
#include "cli/signing.hpp"
#include "cli/table.hpp"
#include "cli/verification.hpp"
#include "engine/judging.hpp"
#include "io/system.hpp"
#include "spf/spf.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>
#include <vector>

namespace bonafide::cli {
namespace {

constexpr std::size_t most_file_bytes = std::size_t{1} << 30;
constexpr std::size_t chunk_bytes = 65536; // as a milter delivers bodies
constexpr int default_rounds = 3;

struct Sample {
    ip::Address client;
    std::string helo, mail_from, recipient, message;
    std::string signer; ///< the domain of DOMAIN.test that the author's lies in
    std::size_t good_signatures = 0;
    bool spf_passes = false;
};

struct Corpus {
    std::vector<Sample> samples;
    std::shared_ptr<const dns::Zone> zone;
};

std::string last_two_labels(std::string_view domain) {
    const std::size_t last = domain.rfind('.');
    const std::size_t before = last == std::string_view::npos || last == 0 ? last : domain.rfind('.', last - 1);
    return std::string(before == std::string_view::npos ? domain : domain.substr(before + 1));
}

Expected<Sample> read_sample(const std::string& folder, std::string_view line) {
    const auto columns = ascii::split(line, '\t');
    if (columns.size() < 13) return failure("a manifest line has fewer than 13 columns");
    const auto client = ip::Address::parse(columns[1]);
    const auto good = ascii::parse_decimal(columns[7]);
    if (!client || !good) return failure("a manifest line has no address or no number where one belongs");
    auto message = io::system::read_file(folder + '/' + std::string(columns[0]), most_file_bytes);
    if (!message) return std::unexpected(message.error());
    return Sample{*client,
                  std::string(columns[2]),
                  std::string(columns[3]),
                  std::string(columns[4]),
                  std::move(*message),
                  last_two_labels(columns[5]),
                  *good,
                  columns[8] == "pass"};
}

std::expected<Corpus, Failure> read_corpus(const std::string& folder) {
    Corpus corpus;
    auto zone = load_zone(folder + "/zone.test");
    if (!zone) return std::unexpected(zone.error());
    corpus.zone = *zone;
    const auto manifest = io::system::read_file(folder + "/manifest.tsv", most_file_bytes);
    if (!manifest) return cannot(manifest.error());
    for (const std::string_view line : ascii::split(*manifest, '\n')) {
        if (line.empty()) continue;
        auto sample = read_sample(folder, line);
        if (!sample) return cannot(folder + "/manifest.tsv: " + sample.error().text);
        corpus.samples.push_back(std::move(*sample));
    }
    if (corpus.samples.empty()) return cannot(folder + "/manifest.tsv names no message");
    return corpus;
}

/// The whole engine on one message: SPF, DKIM, DMARC, reverse DNS, decision and header text. True when the verdicts are the manifest's.
bool verify_sample(const engine::Context& context, const Sample& sample) {
    verdict::Envelope envelope;
    envelope.client = sample.client;
    envelope.helo = sample.helo;
    envelope.mail_from = sample.mail_from;
    envelope.recipients = {sample.recipient};
    Verification verification(context, std::move(envelope), verdict::Direction::inbound);
    for (std::size_t at = 0; at < sample.message.size(); at += chunk_bytes)
        verification.feed(std::string_view(sample.message).substr(at, chunk_bytes));
    bool agrees = false;
    verification.finish([&](const engine::Finished& finished) {
        const auto passes = [](const dkim::SignatureResult& s) { return s.result == dkim::Result::pass; };
        const auto good = static_cast<std::size_t>(std::ranges::count_if(finished.facts.dkim, passes));
        agrees = good == sample.good_signatures && finished.facts.spf.value &&
                 (finished.facts.spf.value->result == spf::Result::pass) == sample.spf_passes;
    });
    return agrees;
}

bool check_spf(const engine::Context& context, const Sample& sample) {
    spf::Request request{sample.client, sample.helo, sample.mail_from, context.host_name, 0, {}, spf::Explain::yes};
    auto flow = spf::check(std::move(request));
    const dns::Question* question = flow.start();
    while (question != nullptr) question = flow.answer(context.source->try_now(*question));
    return (flow.result().result == spf::Result::pass) == sample.spf_passes;
}

/// The whole engine on one message that goes out: the key's record looked up, body and header hashed, the field written. True when it is
/// signed.
bool sign_sample(const engine::Context& context, const Sample& sample) {
    verdict::Envelope envelope;
    envelope.mail_from = sample.mail_from;
    envelope.recipients = {sample.recipient};
    Verification verification(context, std::move(envelope), verdict::Direction::submitted);
    for (std::size_t at = 0; at < sample.message.size(); at += chunk_bytes)
        verification.feed(std::string_view(sample.message).substr(at, chunk_bytes));
    bool is_signed = false;
    verification.finish([&](const engine::Finished& finished) { is_signed = !finished.signing.made.empty(); });
    return is_signed;
}

/// What no signer can do without: one hash of the body and one RSA signature.
bool sign_floor(const engine::Context& context, const Sample& sample) {
    const auto key = context.signing->keys->of(sample.signer).front()->private_key();
    const std::string_view message = sample.message;
    const std::size_t end = message.find("\r\n\r\n");
    crypto::Sha256 hash;
    hash.update(message.substr(end == std::string_view::npos ? 0 : end + 4));
    return key && (*key)->sign(hash.finish()).has_value();
}

std::expected<std::shared_ptr<const engine::SigningKeys>, Failure> read_keys(const std::string& folder,
                                                                             const std::vector<Sample>& samples) {
    auto keys = std::make_shared<engine::SigningKeys>();
    for (const Sample& sample : samples) {
        if (keys->has_active(sample.signer)) continue;
        const std::string file = fmt::format("{}/keys/rsa-{}.pem", folder, sample.signer);
        const auto key = read_private_key(file);
        if (!key) return cannot(key.error());
        auto known = crypto::PublicKey::rsa_from_der(key->public_bytes());
        if (!known) return cannot(file + ": is no RSA key");
        keys->add(sample.signer,
                  {std::make_shared<const engine::SigningKey>(sample.signer, "s1", *std::move(known), true,
                                                              [file] { return read_private_key(file); })});
    }
    return keys;
}

using Work = bool (*)(const engine::Context&, const Sample&);

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Round {
    double wall = 0, cpu = 0;
    std::size_t agree = 0;
};

Round run_round(const engine::Context& context, const std::vector<Sample>& samples, std::size_t threads, Work work) {
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> agree = 0;
    const auto run = [&] {
        std::size_t mine = 0;
        for (std::size_t i = next++; i < samples.size(); i = next++) mine += work(context, samples[i]) ? 1U : 0U;
        agree += mine;
    };
    const double cpu = cpu_seconds();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> pool;
    for (std::size_t i = 1; i < threads; ++i) pool.emplace_back(run);
    run();
    for (std::thread& thread : pool) thread.join();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    return {wall.count(), cpu_seconds() - cpu, agree};
}

/// Of all rounds, behind one that warms the caches.
struct Measured {
    Round median;                                  ///< by processor time
    std::optional<double> floor_cpu{}, of_floor{}; ///< where there is a floor: medians, each round beside its own floor
};

double median_of(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

Measured measure(const engine::Context& context, const std::vector<Sample>& samples, const Arguments& arguments,
                 Work work, Work floor) {
    const std::size_t threads = read_number(arguments, "threads", 1);
    std::vector<Round> rounds;
    std::vector<double> floors, ratios;
    (void)run_round(context, samples, threads, work);
    for (std::uint64_t i = 0; i < read_number(arguments, "rounds", default_rounds); ++i) {
        rounds.push_back(run_round(context, samples, threads, work));
        if (floor == nullptr) continue;
        floors.push_back(run_round(context, samples, threads, floor).cpu);
        ratios.push_back(rounds.back().cpu / floors.back());
    }
    std::ranges::sort(rounds, {}, &Round::cpu);
    Measured measured{rounds[rounds.size() / 2]};
    if (floor != nullptr) {
        measured.floor_cpu = median_of(std::move(floors));
        measured.of_floor = median_of(std::move(ratios));
    }
    return measured;
}

Outcome run_bench(const Arguments& arguments, Console& console, std::string_view what, Work work) {
    const auto corpus = read_corpus(*arguments.text("CORPUS_DIR"));
    if (!corpus) return std::unexpected(corpus.error());
    engine::Context context{std::make_shared<engine::Settings>(),
                            *dns::PublicSuffixList::open({}),
                            "mx.rcpt.test",
                            std::make_shared<dns::ImmediateSource>(*corpus->zone),
                            {}};
    engine::complete(context);
    if (what == "sign") {
        auto keys = read_keys(*arguments.text("CORPUS_DIR"), corpus->samples);
        if (!keys) return std::unexpected(keys.error());
        engine::Settings settings;
        for (const auto& [domain, unused] : (*keys)->all())
            settings.signing.table.push_back(fmt::format(".{0} {0}", domain));
        context.signing =
            std::make_shared<engine::SigningPolicy>(engine::make_signing_policy(settings, *std::move(keys)));
    }
    const Measured measured = measure(context, corpus->samples, arguments, work, what == "sign" ? sign_floor : nullptr);
    const Round& median = measured.median;
    const auto count = static_cast<double>(corpus->samples.size());
    std::string more;
    if (measured.of_floor)
        more = fmt::format(R"(,"floor_us":{:.2f},"of_floor":{:.3f})", *measured.floor_cpu / count * 1e6,
                           *measured.of_floor);
    console.out
        << fmt::format(
               R"({{"what":"{}","threads":{},"messages":{},"rounds":{},"msg_per_s":{:.0f},"us_per_msg":{:.2f},"agree":{}{}}})",
               what, read_number(arguments, "threads", 1), corpus->samples.size(),
               read_number(arguments, "rounds", default_rounds), count / median.wall, median.cpu / count * 1e6,
               median.agree, more)
        << '\n';
    return exit_code::done;
}

Expected<void> check_count(std::string_view text) {
    const auto value = ascii::parse_decimal(text);
    if (!value || *value == 0 || *value > 256) return failure("must be a number from 1 to 256");
    return {};
}

Command bench_command(std::string_view name, std::string_view summary, std::string_view description,
                      Outcome (*run)(const Arguments&, Console&), std::string_view example) {
    return {
        .name = name,
        .summary = summary,
        .description = description,
        .examples = {{example,
                      "CPU microseconds and messages a second, and how many verdicts agree with the manifest"}},
        .positionals = {{.name = "CORPUS_DIR", .help = "folder with manifest.tsv, zone.test and the messages"}},
        .options = {{.name = "threads", .value = "N", .help = "worker threads", .fallback = "1", .check = check_count},
                    {.name = "rounds",
                     .value = "N",
                     .help = "rounds; the median counts",
                     .fallback = "3",
                     .check = check_count}},
        .run = run};
}

} // namespace

Command bench_verify_command() {
    return bench_command(
        "bench verify", "Measure the whole verification on a corpus",
        "Runs every message of the corpus through the engine (SPF, DKIM, DMARC, reverse DNS, header text), DNS from "
        "memory, and prints one JSON line.",
        [](const Arguments& arguments, Console& console) {
            return run_bench(arguments, console, "verify", verify_sample);
        },
        "bench verify corpus --threads 2");
}

Command bench_spf_command() {
    return bench_command(
        "bench spf", "Measure SPF evaluation on a corpus",
        "Evaluates SPF for every envelope of the corpus, DNS from memory, and prints one JSON line.",
        [](const Arguments& arguments, Console& console) { return run_bench(arguments, console, "spf", check_spf); },
        "bench spf corpus");
}

Command bench_sign_command() {
    return bench_command(
        "bench sign", "Measure DKIM signing on a corpus",
        "Signs every message of the corpus as the daemon does, with the RSA key of its From domain, DNS from memory, "
        "and prints one JSON line; floor_us is one SHA-256 of the body and one RSA signature, measured in the same "
        "run.",
        [](const Arguments& arguments, Console& console) { return run_bench(arguments, console, "sign", sign_sample); },
        "bench sign corpus");
}

} // namespace bonafide::cli
