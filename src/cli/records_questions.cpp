#include "cli/records_questions.hpp"

#include "base/ascii.hpp"
#include "dns/idna.hpp"
#include "doctor/explain_extract.hpp"

#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace bonafide::cli {
namespace {

using text::say;

class Questions {
  public:
    Questions(const text::Catalogue& catalogue, Console& console) : catalogue_(catalogue), console_(console) {}

    /// Asks until `take` accepts the answer; false at the end of the input.
    bool ask(const text::Text& question, const std::function<bool(std::string_view)>& take) {
        for (;;) {
            console_.err << catalogue_.render(question) << ' ' << std::flush;
            std::string line;
            if (!std::getline(console_.in, line)) {
                console_.err << '\n';
                return false;
            }
            if (take(ascii::trim(line))) return true;
            console_.err << catalogue_.render(say("That cannot be used; please try again.")) << '\n';
        }
    }

  private:
    const text::Catalogue& catalogue_;
    Console& console_;
};

/// Words of a line, each accepted by `take`.
bool each(std::string_view line, const std::function<bool(std::string_view)>& take) {
    for (const std::string_view word : ascii::split(line, ' '))
        if (!word.empty() && !take(word)) return false;
    return true;
}

} // namespace

bool ask_wishes(doctor::Wishes& wishes, const text::Catalogue& catalogue, Console& console) {
    Questions questions(catalogue, console);
    const std::string& domain = wishes.domain;
    const auto word = [](std::string_view line, std::string_view yes) {
        return !line.empty() && ascii::to_lower(line.front()) == yes.front();
    };
    if (!questions.ask(say("Does {domain} send mail? [{choices}]", {{"domain", domain}, {"choices", "Y/n"}}),
                       [&](std::string_view line) {
                           wishes.parked = word(line, "n");
                           return true;
                       }))
        return false;
    if (wishes.parked) return true;
    if (!questions.ask(say("Addresses of your own servers that send (IPv4 and IPv6, blanks between; empty: none):"),
                       [&](std::string_view line) {
                           std::vector<ip::Address> servers = wishes.servers;
                           const bool sound = each(line, [&](std::string_view one) {
                               const auto address = ip::Address::parse(one);
                               if (address) servers.push_back(*address);
                               return address.has_value();
                           });
                           if (sound) wishes.servers = servers;
                           return sound;
                       }))
        return false;
    if (!questions.ask(say("Services that send with {domain} ({command} lists them; blanks between; empty: none):",
                           {{"domain", domain}, {"command", "bonafide providers"}}),
                       [&](std::string_view line) {
                           std::vector<const doctor::Provider*> providers = wishes.providers;
                           const bool sound = each(line, [&](std::string_view one) {
                               const doctor::Provider* const provider = doctor::find_provider(one);
                               if (provider != nullptr) providers.push_back(provider);
                               return provider != nullptr;
                           });
                           if (sound) wishes.providers = providers;
                           return sound;
                       }))
        return false;
    if (!questions.ask(say("Address for DMARC reports [{address}]:",
                           {{"address", wishes.rua.empty() ? "dmarc-reports@" + domain : wishes.rua.front()}}),
                       [&](std::string_view line) {
                           if (line.empty() && wishes.rua.empty()) wishes.rua = {"dmarc-reports@" + domain};
                           if (line.empty()) return true;
                           if (doctor::domain_of_address(line).empty()) return false;
                           wishes.rua = {std::string(line)};
                           return true;
                       }))
        return false;
    return questions.ask(say("DMARC policy: {choices} [{present}]",
                             {{"choices", "none quarantine reject"}, {"present", dmarc::to_text(wishes.dmarc)}}),
                         [&](std::string_view line) {
                             if (line.empty()) return true;
                             const auto policy = dmarc::parse_policy(line);
                             if (policy) wishes.dmarc = *policy;
                             return policy.has_value();
                         });
}

} // namespace bonafide::cli
