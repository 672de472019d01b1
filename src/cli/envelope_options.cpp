#include "cli/envelope_options.hpp"

#include "cli/check.hpp"

#include <algorithm>
#include <iterator>

namespace bonafide::cli {

std::vector<Option> with_envelope_options(std::vector<Option> own) {
    std::vector<Option> options{
        {.name = "ip", .value = "IP", .help = "address of the client that delivered the message", .check = check_ip},
        {.name = "helo", .value = "NAME", .help = "its name in HELO or EHLO"},
        {.name = "mail-from", .value = "ADDR", .help = "the reverse-path; \"\" or \"<>\" for bounces"},
        {.name = "rcpt", .value = "ADDR", .help = "a recipient", .times = Times::any},
        {.name = "now", .value = "UNIX", .help = "verify as if at this Unix time", .check = check_unix_time}};
    std::ranges::move(own, std::back_inserter(options));
    return options;
}

GivenEnvelope given_envelope(const Arguments& arguments) {
    GivenEnvelope given;
    if (const auto client = arguments.text("ip")) given.client = ip::Address::parse(*client);
    given.helo = arguments.text("helo");
    given.mail_from = arguments.text("mail-from");
    given.recipients = arguments.all("rcpt");
    return given;
}

} // namespace bonafide::cli
