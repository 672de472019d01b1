#include "engine/greylist.hpp"
namespace bonafide::engine {
std::shared_ptr<const GreylistPolicy> greylist_policy(const Settings&) {
    auto p = std::make_shared<GreylistPolicy>();
    p->reply = *policy::Reply::parse("451 4.7.1 later", policy::Reply::Class::temporary, policy::Level::judged);
    return p;
}
bool GreylistRequest::is_settled() const { return true; }
GreylistRequest requested(const policy::greylist::Situation&, std::span<const policy::greylist::RuleSays>,
                          const policy::greylist::Settings&) {
    return {};
}
std::string_view action_text(const GreylistAnswer&) { return {}; }
} // namespace bonafide::engine
