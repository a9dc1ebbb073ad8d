// What a streamed chat completion amounts to.

/** Reads the SDK's stream to its end. */
export async function collect(stream, onText = () => {}) {
    const seen = { text: '', pieces: [], finish: null, usage: [], chunks: [], withoutChoices: 0 };
    for await (const chunk of stream) {
        seen.chunks.push(chunk);
        if (chunk.usage) seen.usage.push(chunk.usage);
        if (chunk.choices.length === 0) seen.withoutChoices += 1;
        const choice = chunk.choices[0];
        if (choice?.finish_reason) seen.finish = choice.finish_reason;
        if (!choice?.delta?.content) continue;
        seen.text += choice.delta.content;
        seen.pieces.push(choice.delta.content);
        onText(seen);
    }
    return seen;
}

export const user = (content) => [{ role: 'user', content }];
