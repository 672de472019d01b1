#include "dns/public_suffix.hpp"

#include "dns/name.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <libpsl.h>
#include <mutex>
#include <unordered_map>

namespace bonafide::dns {

namespace {

/// The last answers: libpsl takes microseconds for one, and a message asks a dozen times about the same few names. Thread-safe; in shards, so
/// that threads seldom meet; a full shard begins anew.
class Answers {
  public:
    template<class LookUp> std::string get(std::string_view name, LookUp look_up) {
        constexpr std::size_t most_bytes = 255;
        if (name.size() > most_bytes) return look_up();
        Shard& shard = shards_[Hash{}(name) % shards_.size()];
        {
            const std::scoped_lock lock(shard.mutex);
            if (const auto found = shard.answers.find(name); found != shard.answers.end()) return found->second;
        }
        std::string answer = look_up();
        const std::scoped_lock lock(shard.mutex);
        if (shard.answers.size() >= most_of_a_shard) shard.answers.clear();
        shard.answers.emplace(name, answer);
        return answer;
    }

  private:
    static constexpr std::size_t most_of_a_shard = 512;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::string, std::string, Hash, std::equal_to<>> answers;
    };
    std::array<Shard, 16> shards_;
};

} // namespace

struct PublicSuffixList::Data {
    psl_ctx_t* list;
    bool owned;
    Answers answers;
    Data(psl_ctx_t* l, bool o) : list(l), owned(o) {}
    Data(const Data&) = delete;
    Data& operator=(const Data&) = delete;
    ~Data() {
        if (owned) psl_free(list);
    }
};

PublicSuffixList::PublicSuffixList(std::unique_ptr<Data> data, std::string version, std::string file)
    : data_(std::move(data)), version_(std::move(version)), file_(std::move(file)) {}
PublicSuffixList::PublicSuffixList(PublicSuffixList&&) noexcept = default;
PublicSuffixList& PublicSuffixList::operator=(PublicSuffixList&&) noexcept = default;
PublicSuffixList::~PublicSuffixList() = default;

PublicSuffixList PublicSuffixList::system() {
    // psl_builtin() is a shared constant, and psl_latest() gives it too when the file is older or missing; it is not ours to free.
    auto* builtin = const_cast<psl_ctx_t*>(psl_builtin());
    psl_ctx_t* latest = psl_latest(nullptr);
    if (latest != nullptr && latest != builtin) {
        const char* known = psl_dist_filename();
        const std::string file = known == nullptr ? "" : known;
        return {std::make_unique<Data>(latest, true), "system " + file, file};
    }
    return {std::make_unique<Data>(builtin, false), std::string("libpsl ") + psl_get_version(), ""};
}

Expected<PublicSuffixList> PublicSuffixList::load(const std::string& path) {
    psl_ctx_t* list = psl_load_file(path.c_str());
    if (list == nullptr) return failure("cannot read a public suffix list from " + path);
    return PublicSuffixList(std::make_unique<Data>(list, true), path, path);
}

Expected<std::shared_ptr<const PublicSuffixList>> PublicSuffixList::open(const std::string& path) {
    if (path.empty()) return std::make_shared<const PublicSuffixList>(system());
    auto list = load(path);
    if (!list) return std::unexpected(list.error());
    return std::make_shared<const PublicSuffixList>(std::move(*list));
}

std::string PublicSuffixList::registrable(std::string_view name) const {
    return data_->answers.get(name, [&] {
        const std::string normal = normalize(name);
        if (normal.empty() || normal.contains('\0')) return std::string();
        const char* domain = psl_registrable_domain(data_->list, normal.c_str());
        return domain == nullptr ? std::string() : std::string(domain);
    });
}

std::string PublicSuffixList::organizational(std::string_view name) const {
    std::string domain = registrable(name);
    return domain.empty() ? normalize(name) : domain;
}

bool PublicSuffixList::is_public_suffix(std::string_view name) const { return registrable(name).empty(); }

} // namespace bonafide::dns
