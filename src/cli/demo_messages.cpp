#include "cli/demo_messages.hpp"

#include <array>

namespace bonafide::cli::demo {
namespace {

constexpr std::string_view no_name = "[UNAVAILABLE]";

constexpr std::array table{
    Delivery{"A spoof: the attacker's own domain passes SPF, the bank's name stands in From",
             "demo/messages/1-spoof.eml",
             "192.0.2.10",
             "mail.proseware.com",
             "woodgrovebank.com",
             "dubious@proseware.com",
             {}},
    Delivery{"A stranger's valid signature under somebody else's From",
             "demo/messages/2-foreign-signature.eml",
             "192.168.1.8",
             no_name,
             "mail.maliciousdomain.com",
             "bounce@maliciousdomain.com",
             {}},
    Delivery{"A domain that publishes nothing",
             "demo/messages/3-nothing-published.eml",
             "10.2.3.4",
             no_name,
             "mail.fabrikam.com",
             "chris@fabrikam.com",
             {}},
    Delivery{"The same domain after it has published SPF", "demo/messages/4-spf-published.eml", "10.2.3.4", no_name,
             "mail.fabrikam.com", "chris@fabrikam.com", "demo/zone-spf"},
    Delivery{"No SPF, but a signature of a name below the domain",
             "demo/messages/5-signed-below.eml",
             "10.2.3.4",
             no_name,
             "mail.fabrikam.com",
             "chris@fabrikam.com",
             {}},
    Delivery{"Everything right: SPF, DKIM and DMARC of one domain",
             "demo/messages/6-aligned.eml",
             "192.0.2.60",
             "mail.adatum.com",
             "mail.adatum.com",
             "orders@adatum.com",
             {}},
    Delivery{"The same message forwarded by another server",
             "demo/messages/6-aligned.eml",
             "198.51.100.7",
             "forward.wingtip.example",
             "forward.wingtip.example",
             "orders@adatum.com",
             {}},
    Delivery{"The same message through a mailing list that adds a footer",
             "demo/messages/8-list-footer.eml",
             "198.51.100.9",
             "lists.treyresearch.net",
             "lists.treyresearch.net",
             "toys-bounces@treyresearch.net",
             {}},
};

} // namespace

std::span<const Delivery> deliveries() { return table; }

} // namespace bonafide::cli::demo
