// Runs every file of the folders given through LLVMFuzzerTestOneInput: the committed corpus as an ordinary test, in every preset.
// Exit 1 when a folder is missing or empty: a fuzz target without a corpus keeps nothing true.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    std::size_t files = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i]))
            return std::fprintf(stderr, "%s: no such corpus folder\n", argv[i]), 1;
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(file), {}};
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
            ++files;
        }
    }
    std::printf("%zu corpus files\n", files);
    return files == 0 ? 1 : 0;
}
