// Alphabet mode of the fuzz targets: with BONAFIDE_ALPHABET=FILE every second mutation puts words of that dictionary together instead of
// touching single bytes, so that inputs stay close to what the grammar's rules are about. Without it libFuzzer's own mutations alone.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

/// The word between the quotes of a dictionary line, \xNN, \\ and \" resolved.
std::string word_of(const std::string& line) {
    const std::size_t begin = line.find('"');
    const std::size_t end = line.rfind('"');
    std::string word;
    if (line.starts_with('#') || begin == std::string::npos || end == begin) return word;
    for (std::size_t i = begin + 1; i < end; ++i) {
        if (line[i] != '\\' || i + 1 >= end) {
            word += line[i];
        } else if (line[i + 1] == 'x' && i + 3 < end) {
            word += static_cast<char>(hex_digit(line[i + 2]) * 16 + hex_digit(line[i + 3]));
            i += 3;
        } else {
            word += line[++i];
        }
    }
    return word;
}

const std::vector<std::string>& words() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> found;
        const char* path = std::getenv("BONAFIDE_ALPHABET");
        std::ifstream file(path == nullptr ? "" : path);
        for (std::string line; std::getline(file, line);)
            if (std::string word = word_of(line); !word.empty()) found.push_back(std::move(word));
        return found;
    }();
    return all;
}

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
    std::minstd_rand random(seed);
    if (words().empty() || random() % 2 == 0) return LLVMFuzzerMutate(data, size, most);
    std::string text(reinterpret_cast<const char*>(data), size);
    const auto place = [&] { return text.empty() ? 0 : random() % (text.size() + 1); };
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
        const std::string& word = words()[random() % words().size()];
        const std::size_t at = place();
        switch (random() % 4) {
        case 0: text.insert(at, word); break;
        case 1: text.replace(at, std::min(word.size(), text.size() - at), word); break;
        case 2: text.erase(at, random() % 16); break;
        case 3: text.resize(at), text += word; break;
        }
    }
    size = std::min(text.size(), most);
    std::memcpy(data, text.data(), size);
    return size;
}
