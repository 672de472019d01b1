// `bonafide demo`: eight messages by SMTP through a real Postfix that asks a running filter, and what stands in the delivered mail.
// Postfix comes from scripts/postfix-sandbox (--postfix, given by ./run); without it, or where it cannot run, a small built-in SMTP
// receiver feeds the same engine, and the demo says so. DNS is the embedded file demo/zone: no internet is needed or asked.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/command.hpp"
#include "cli/demo_messages.hpp"
#include "cli/embedded.hpp"
#include "cli/smtp.hpp"
#include "cli/verification.hpp"
#include "dns/zone.hpp"
#include "engine/judging.hpp"
#include "engine/service.hpp"
#include "verdict/report.hpp"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <mutex>
#include <ostream>
#include <set>
#include <thread>
#include <unistd.h>
#include <utility>

namespace bonafide::cli {
namespace {

namespace fs = std::filesystem;
using demo::Delivery;

constexpr std::string_view authserv_id = "mx.tailspintoys.com";
constexpr std::chrono::seconds delivery_patience{20};

/// What became of one delivery.
struct Delivered {
    std::string authentication_results; ///< as it stands in the delivered message, unfolded lines indented
    std::string sentence;
};

/// One way to run the deliveries: behind Postfix, or through the built-in receiver.
class Stage {
  public:
    Stage() = default;
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    virtual ~Stage() = default;
    [[nodiscard]] virtual std::string describe() const = 0;
    [[nodiscard]] virtual Expected<Delivered> deliver(const Delivery& delivery) = 0;
};

std::string zone_text(const Delivery& delivery) {
    std::string text(embedded::find("demo/zone"));
    if (!delivery.zone_extra.empty()) text += embedded::find(delivery.zone_extra);
    return text;
}

smtp::Mail to_mail(const Delivery& delivery) {
    return {std::string(delivery.client), std::string(delivery.client_name),
            std::string(delivery.helo),   std::string(delivery.mail_from),
            std::string(demo::recipient), std::string(embedded::find(delivery.file))};
}

/// The first Authentication-Results field of a raw message with its name, lines as they stand; empty when there is none.
std::string first_authentication_results(std::string_view message) {
    std::string field;
    for (std::string_view line : ascii::split(message, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) break;
        if (!field.empty() && ascii::is_wsp(line.front()))
            field += "\n" + std::string(line);
        else if (!field.empty())
            break;
        else if (ascii::istarts_with(line, "Authentication-Results:"))
            field = line;
    }
    return field;
}

// ---- behind Postfix ------------------------------------------------------------------------------------------------------------------

std::shared_ptr<engine::Settings> daemon_settings(const fs::path& zone) {
    auto settings = std::make_shared<engine::Settings>(); // the embedded defaults, but for ports and names
    settings->server.listen = {"inet:127.0.0.1:0"};
    settings->metrics.listen = "127.0.0.1:0";
    settings->identity.authserv_id = authserv_id;
    settings->dns.zone = zone;
    return settings;
}

std::string quoted(const fs::path& path) { // for the shell
    std::string text = "'";
    for (const char c : path.string()) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

/// Ctrl-C and SIGTERM, blocked in all threads and looked at between deliveries, so that what was started is stopped again.
class Interrupt {
  public:
    Interrupt() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGINT);
        sigaddset(&set_, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &set_, &before_);
    }
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;
    ~Interrupt() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    [[nodiscard]] bool pending() const {
        const timespec now{};
        return sigtimedwait(&set_, nullptr, &now) > 0;
    }
    void wait() const {
        int number = 0;
        sigwait(&set_, &number);
    }

  private:
    sigset_t set_{};
    sigset_t before_{};
};

/// popen() whose child does not inherit our signal mask: a Postfix that never sees SIGTERM could not be stopped.
FILE* open_command(const std::string& command) {
    sigset_t none;
    sigset_t before;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, &before);
    FILE* const pipe = ::popen(command.c_str(), "r");
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return pipe;
}

/// The output of a command, or why there is none; its messages go to `errors`.
Expected<std::string> output_of(const std::string& command, const fs::path& errors) {
    FILE* const pipe = open_command(command + " 2>" + quoted(errors));
    if (pipe == nullptr) return failure("cannot start a shell");
    std::string text;
    char buffer[512];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
    if (::pclose(pipe) == 0) return text;
    std::ifstream file(errors);
    std::string last;
    for (std::string line; std::getline(file, line);) last = line;
    return failure(last.empty() ? command + " failed" : last);
}

class PostfixStage final : public Stage {
  public:
    static Expected<std::unique_ptr<Stage>> start(const fs::path& script, const fs::path& folder) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (error) return failure(folder.string() + ": " + error.message());
        auto stage = std::unique_ptr<PostfixStage>(new PostfixStage(script, fs::absolute(folder)));
        if (auto started = stage->start_filter(); !started) return std::unexpected(started.error());
        if (auto started = stage->start_postfix(); !started) return std::unexpected(started.error());
        return stage;
    }
    ~PostfixStage() override {
        (void)output_of(quoted(script_) + " stop " + quoted(folder_ / "postfix"), folder_ / "postfix.err");
        service_.reset(); // before the members its callback uses
    }

    std::string describe() const override {
        return fmt::format("Filter on {} (metrics on http://127.0.0.1:{}/metrics), asked by Postfix on 127.0.0.1:{}; "
                           "all files are under {}.",
                           service_->addresses().front(), service_->metrics_port(), smtp_port_, folder_.string());
    }

    Expected<Delivered> deliver(const Delivery& delivery) override {
        if (auto written = write_zone(delivery); !written) return std::unexpected(written.error());
        if (auto reloaded = service_->reload(settings_); !reloaded) return std::unexpected(reloaded.error());
        const std::set<fs::path> before = inbox();
        if (auto sent = smtp::send(smtp_port_, to_mail(delivery)); !sent) return std::unexpected(sent.error());
        const auto file = wait_for_mail(before);
        if (!file) return std::unexpected(file.error());
        std::ifstream stream(*file, std::ios::binary);
        const std::string message{std::istreambuf_iterator<char>(stream), {}};
        const std::lock_guard lock(mutex_);
        return Delivered{first_authentication_results(message), sentence_};
    }

  private:
    PostfixStage(fs::path script, fs::path folder) : script_(std::move(script)), folder_(std::move(folder)) {}

    Expected<void> write_zone(const Delivery& delivery) const {
        std::ofstream file(folder_ / "zone", std::ios::trunc);
        file << zone_text(delivery);
        file.close();
        if (!file) return failure((folder_ / "zone").string() + ": cannot be written");
        return {};
    }

    Expected<void> start_filter() {
        if (auto written = write_zone(demo::deliveries().front()); !written) return written;
        io::Logger::Settings log;
        log.target = folder_ / "bonafide.log";
        auto logger = io::Logger::open(log);
        if (!logger) return std::unexpected(logger.error());
        log_ = std::move(*logger);
        settings_ = daemon_settings(folder_ / "zone");
        auto service = engine::Service::start(settings_, *log_, [this](const engine::MessageEvent& event) {
            if (event.finished == nullptr) return;
            const std::lock_guard lock(mutex_);
            sentence_ = verdict::sentence(event.finished->facts);
        });
        if (!service) return std::unexpected(service.error());
        service_ = std::move(*service);
        return {};
    }

    Expected<void> start_postfix() {
        const auto told = output_of(fmt::format("{} start {} --milter {}", quoted(script_), quoted(folder_ / "postfix"),
                                                service_->addresses().front()),
                                    folder_ / "postfix.err");
        if (!told) return std::unexpected(told.error());
        const auto words = ascii::split(ascii::trim(*told), ' ');
        const auto port = ascii::parse_decimal(words.front());
        if (words.size() != 3 || !port)
            return failure("scripts/postfix-sandbox said something unexpected: " + escape::line(*told));
        smtp_port_ = static_cast<std::uint16_t>(*port);
        inbox_ = words[1];
        return {};
    }

    std::set<fs::path> inbox() const {
        std::error_code error;
        std::set<fs::path> files;
        for (const auto& entry : fs::directory_iterator(inbox_ / "new", error)) files.insert(entry.path());
        return files;
    }

    Expected<fs::path> wait_for_mail(const std::set<fs::path>& before) const {
        for (const auto deadline = std::chrono::steady_clock::now() + delivery_patience;
             std::chrono::steady_clock::now() < deadline;) {
            for (const fs::path& file : inbox())
                if (!before.contains(file)) return file;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return failure("Postfix accepted the message but did not deliver it; see " +
                       (folder_ / "postfix/postfix.log").string());
    }

    fs::path script_, folder_, inbox_;
    std::mutex mutex_; // guards sentence_
    std::string sentence_;
    std::unique_ptr<io::Logger> log_;
    std::shared_ptr<engine::Settings> settings_;
    std::unique_ptr<engine::Service> service_;
    std::uint16_t smtp_port_ = 0;
};

// ---- the built-in receiver -----------------------------------------------------------------------------------------------------------

class BuiltInStage final : public Stage {
  public:
    static Expected<std::unique_ptr<Stage>> start() {
        auto stage = std::unique_ptr<BuiltInStage>(new BuiltInStage);
        auto receiver =
            smtp::Receiver::start([bare = stage.get()](const smtp::Mail& mail) { return bare->receive(mail); });
        if (!receiver) return std::unexpected(receiver.error());
        stage->receiver_ = std::move(*receiver);
        return stage;
    }
    ~BuiltInStage() override { receiver_.reset(); }

    std::string describe() const override {
        return fmt::format("Without Postfix: a small built-in SMTP receiver on 127.0.0.1:{} feeds the same engine.",
                           receiver_->port());
    }

    Expected<Delivered> deliver(const Delivery& delivery) override {
        auto zone = dns::Zone::parse(zone_text(delivery));
        if (!zone) return std::unexpected(zone.error());
        {
            const std::lock_guard lock(mutex_);
            zone_ = *zone;
        }
        if (auto sent = smtp::send(receiver_->port(), to_mail(delivery)); !sent) return std::unexpected(sent.error());
        const std::lock_guard lock(mutex_);
        return delivered_;
    }

  private:
    BuiltInStage() {
        auto settings = std::make_shared<engine::Settings>();
        settings->identity.authserv_id = authserv_id;
        context_.settings = settings;
        context_.suffixes = *dns::PublicSuffixList::open({});
        context_.host_name = authserv_id;
        engine::complete(context_);
    }

    std::string receive(const smtp::Mail& mail) {
        const std::lock_guard lock(mutex_);
        context_.source = std::make_shared<dns::ImmediateSource>(*zone_);
        verdict::Envelope envelope;
        envelope.client = ip::Address::parse(mail.client);
        envelope.client_name = mail.client_name;
        envelope.helo = mail.helo;
        envelope.mail_from = mail.mail_from;
        envelope.recipients = {mail.recipient};
        Verification verification(context_, std::move(envelope), verdict::Direction::inbound);
        verification.feed(mail.message);
        verification.finish([&](const engine::Finished& finished) {
            delivered_ = {};
            delivered_.sentence = verdict::sentence(finished.facts);
            for (const policy::HeaderEdit& edit : finished.decision.edits)
                if (edit.kind == policy::HeaderEdit::Kind::insert_top)
                    delivered_.authentication_results = first_authentication_results(edit.name + ": " + edit.value);
        });
        return "250 2.0.0 delivered";
    }

    std::mutex mutex_; // guards the three below
    std::shared_ptr<const dns::Zone> zone_;
    engine::Context context_;
    Delivered delivered_;
    std::unique_ptr<smtp::Receiver> receiver_;
};

// ---- the command ---------------------------------------------------------------------------------------------------------------------

std::expected<std::unique_ptr<Stage>, Failure> choose_stage(const Arguments& arguments, Console& console) {
    const auto built_in = [&](std::string_view why) -> std::expected<std::unique_ptr<Stage>, Failure> {
        console.out << "No Postfix here (" << why << ").\n";
        auto stage = BuiltInStage::start();
        if (!stage) return cannot(stage.error());
        return std::move(*stage);
    };
    const auto script = arguments.text("postfix");
    if (!script) return built_in("--postfix was not given");
    if (::geteuid() != 0) return built_in("it can only be run by root");
    auto stage = PostfixStage::start(*script, arguments.text("work").value_or("build/demo"));
    if (!stage) return built_in(escape::line(stage.error().text));
    return std::move(*stage);
}

void print(std::size_t number, const Delivery& delivery, const Delivered& delivered, std::ostream& out) {
    std::string field = delivered.authentication_results.empty() ? "(no Authentication-Results field was added)"
                                                                 : delivered.authentication_results;
    for (std::size_t at = 0; (at = field.find('\n', at)) != std::string::npos; at += 4) field.replace(at, 1, "\n   ");
    out << fmt::format("{}. {}\n   from {} ({}), MAIL FROM:<{}>\n   {}\n   => {}\n\n", number, delivery.title,
                       delivery.client, delivery.helo, delivery.mail_from, field, delivered.sentence)
        << std::flush;
}

Outcome run_demo(const Arguments& arguments, Console& console) {
    const Interrupt interrupt; // before any thread starts
    auto stage = choose_stage(arguments, console);
    if (!stage) return std::unexpected(stage.error());
    console.out << (*stage)->describe() << "\n\n" << std::flush;
    std::size_t number = 0;
    for (const Delivery& delivery : demo::deliveries()) {
        const auto delivered = (*stage)->deliver(delivery);
        if (!delivered) return cannot(fmt::format("message {}: {}", number + 1, delivered.error().text));
        print(++number, delivery, *delivered, console.out);
        if (interrupt.pending()) return cannot("interrupted; everything is stopped again");
    }
    if (arguments.has("keep")) {
        console.out << "Still running; Ctrl-C ends it.\n" << std::flush;
        interrupt.wait();
    } else {
        console.out << "All of it is stopped again. To keep it running: bonafide demo --keep; to attach the filter to "
                       "your own Postfix: README.md.\n";
    }
    return exit_code::done;
}

} // namespace

Command demo_command() {
    return {.name = "demo",
            .summary = "Send eight messages through a real Postfix and show the verdicts",
            .description = "Starts the filter and, where it can (root, --postfix), an unpacked Postfix on loopback "
                           "ports, delivers eight messages by "
                           "SMTP and prints each delivered Authentication-Results field with one sentence that says "
                           "why. Nothing outside the work folder "
                           "is touched.",
            .examples = {{"demo --postfix scripts/postfix-sandbox", "Behind a real Postfix, as ./run does"},
                         {"demo", "With the small built-in receiver"}},
            .options =
                {{.name = "postfix", .value = "SCRIPT", .help = "scripts/postfix-sandbox of the source tree"},
                 {.name = "work", .value = "DIR", .help = "folder for queue, logs and mail", .fallback = "build/demo"},
                 {.name = "keep", .help = "keep everything running until Ctrl-C"}},
            .run = run_demo};
}

} // namespace bonafide::cli
