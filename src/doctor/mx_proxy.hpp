// MX hosts whose addresses belong to a proxy for web sites: it answers on the ports of the web and takes no mail.
#pragma once

#include "doctor/survey.hpp"

namespace bonafide::doctor {

/// All public addresses of the host, of which there is at least one, are those of Cloudflare's proxy; not so for the hosts by which
/// Cloudflare itself takes mail, nor where only its paid service for other ports (Spectrum) has the addresses.
[[nodiscard]] bool is_behind_web_proxy(const MxHost& host);

} // namespace bonafide::doctor
