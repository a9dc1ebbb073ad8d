// Runs a fuzz target over the files that are given, and those of the folders that are given; then
// over a fixed number of inputs that are made of these.
//
//   fuzz_NAME [--mutations N] [--seconds S] [--seed X] file or folder...
//
// The inputs are the same each time. S, of the processor's time, bounds them on a slow machine, so
// that a run with all the targets stays short; 0: it does not.

#include "tests/fuzz/crash_note.hpp"
#include "tests/fuzz/mutator.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

struct options {
    std::size_t mutations = 2000;
    std::size_t seconds = 3;
    std::size_t seed = 1;
    std::vector<fs::path> paths;
};

void run(std::string_view input) {
    // Copied to the byte, so that a sanitizer sees a read beyond the end.
    const auto exact = std::make_unique<std::uint8_t[]>(input.size());
    std::copy(input.begin(), input.end(), exact.get());
    crash_note::begin(input);
    LLVMFuzzerTestOneInput(exact.get(), input.size());
    crash_note::end();
}

/// The files under `paths`. Folders tell their entries in any order; a run needs always the same.
std::vector<fs::path> files_in(const std::vector<fs::path>& paths) {
    std::vector<fs::path> files;
    for (const auto& path : paths) {
        if (!fs::is_directory(path)) {
            files.push_back(path);
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(path)) {
            if (entry.is_regular_file()) files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

bool read_seeds(const std::vector<fs::path>& paths, std::vector<std::string>& seeds) {
    for (const auto& path : files_in(paths)) {
        std::ifstream file(path, std::ios::binary);
        seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        if (!file.bad() && file.is_open()) continue;
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        return false;
    }
    return true;
}

double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// How many ran before the time was up.
std::size_t run_mutations(const std::vector<std::string>& seeds, const options& asked) {
    mutator inputs(seeds, asked.seed);
    const auto begun = processor_seconds();
    const auto limit = static_cast<double>(asked.seconds);
    std::size_t done = 0;
    for (; done < asked.mutations; ++done) {
        if (asked.seconds > 0 && processor_seconds() - begun > limit) break;
        run(inputs.next());
    }
    return done;
}

bool read_number(std::string_view text, std::size_t& number) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && stop == text.data() + text.size();
}

bool read_options(const std::vector<std::string_view>& arguments, options& read) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::size_t* number = nullptr;
        if (arguments[i] == "--mutations") number = &read.mutations;
        if (arguments[i] == "--seconds") number = &read.seconds;
        if (arguments[i] == "--seed") number = &read.seed;
        if (!number)
            read.paths.emplace_back(arguments[i]);
        else if (++i == arguments.size() || !read_number(arguments[i], *number))
            return false;
    }
    return !read.paths.empty();
}

}  // namespace

int main(int argc, char** argv) {
    options asked;
    if (!read_options({argv + 1, argv + argc}, asked)) {
        std::fprintf(stderr, "usage: [--mutations N] [--seconds S] [--seed X] file or folder...\n");
        return 2;
    }
    std::vector<std::string> seeds;
    if (!read_seeds(asked.paths, seeds)) return 1;
    crash_note::watch();
    for (const auto& seed : seeds)
        run(seed);
    if (seeds.empty()) {
        std::fprintf(stderr, "no inputs: an empty corpus proves nothing\n");
        return 1;
    }
    const auto mutated = run_mutations(seeds, asked);
    std::printf("replayed %zu inputs and %zu that were made of them\n", seeds.size(), mutated);
    return 0;
}
