#include "upstream/providers/ollama.hpp"

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/json_outline.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/ollama_line.hpp"
#include "upstream/providers/ollama_request.hpp"
#include "upstream/providers/ollama_stream.hpp"
#include "upstream/providers/whole_document.hpp"

namespace sluice::upstream {

namespace {

/// The one document of a request that was not streamed: the same object as a last line.
class ollama_document final : public whole_document {
 public:
    using whole_document::whole_document;

 private:
    void read(std::string_view document, batch& out) override {
        const auto error = outline_of(document, {"error"});
        if (is_truthy(find(error, "error"))) return fail(errors().reported(error), out);
        teller_.tell_outline(document, glance_at_ollama(document), texts_, out);
    }

    ollama_teller teller_;
    batch_texts texts_;
};

class ollama_codec final : public answer_codec<ollama_stream, ollama_document> {
 public:
    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        know(call, provider);
        const bool transparent = speaks(provider, call.api);
        if (transparent && !call.stream)
            document_.emplace(errors_);
        else
            stream_.emplace(transparent ? way::transparent : way::translated, errors_);
        return make_ollama_request(call, provider, model);
    }
};

}  // namespace

std::unique_ptr<codec> make_ollama_codec() {
    return std::make_unique<ollama_codec>();
}

}  // namespace sluice::upstream
