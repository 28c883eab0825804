import { Lock, LockOpen } from "lucide-react";
import type { Channel } from "../../api/generated";
import { useStore } from "../../base/store";
import { words } from "../../base/words/invoke";
import { anyMethods, type ChannelInput, missing, pathParams, startInput, takesBody } from "../../model/channelcall";
import { CodeEditor } from "../../parts/code/codeeditor";
import { Select, Switch, TextField } from "../../parts/field";
import { useApp } from "../../parts/useapp";

const w = words.channel;

/** A request through a channel, as a caller of it would send. */
export function ChannelForm({ channel: name }: { channel: string }) {
  const app = useApp();
  const channel = useStore(app.live.now, (l) => l.state.channels.find((c) => c.name === name));
  const calls = useStore(app.invoke.calls);
  if (!channel) return <p className="invoke-none">{w.gone}</p>;
  const input = calls.get(name) ?? startInput(channel);
  return <Form channel={channel} input={input} set={(part) => app.invoke.setCall(channel, part)} />;
}

interface FormProps {
  channel: Channel;
  input: ChannelInput;
  set: (part: Partial<ChannelInput>) => void;
}

function Form({ channel, input, set }: FormProps) {
  const lacks = missing(channel, input);
  return (
    <div className="invoke-body invoke-channel" data-testid="invoke-channel">
      <Address channel={channel} input={input} set={set} />
      {pathParams(channel.path ?? "").map((p) => (
        <TextField
          key={p.name}
          label={p.rest ? `${p.name}…` : p.name}
          required={!p.rest}
          mono
          value={input.params[p.name] ?? ""}
          onChange={(value) => set({ params: { ...input.params, [p.name]: value } })}
          data-testid={`invoke-param-${p.name}`}
        />
      ))}
      <TextField
        label={w.query}
        mono
        placeholder={w.queryPlaceholder}
        value={input.query}
        onChange={(query) => set({ query })}
        data-testid="invoke-query"
      />
      <TextField
        label={w.headers}
        mono
        rows={Math.min(6, Math.max(2, input.headers.split("\n").length))}
        placeholder={w.headersPlaceholder}
        problem={lacks.headers[0] === undefined ? undefined : w.wrongHeader(lacks.headers[0])}
        value={input.headers}
        onChange={(headers) => set({ headers })}
        data-testid="invoke-headers"
      />
      {takesBody(input.method) && (
        <div className="field">
          <span className="field-label">{w.body}</span>
          <CodeEditor
            label={w.body}
            className="invoke-code invoke-channel-body"
            text={input.body}
            language="json"
            plain
            wrap
            onChange={(body) => set({ body })}
            data-testid="invoke-channel-body"
          />
        </div>
      )}
      <Credentials channel={channel} input={input} set={set} />
    </div>
  );
}

/** The method and the path. */
function Address({ channel, input, set }: FormProps) {
  const methods = channel.methods?.length ? channel.methods : anyMethods;
  return (
    <div className="invoke-address">
      {methods.length === 1 ? (
        <span className="invoke-method">{methods[0]}</span>
      ) : (
        <Select
          className="invoke-method-pick"
          label={w.method}
          hideLabel
          value={input.method}
          options={methods.map((m) => ({ id: m, title: m }))}
          onChange={(method) => set({ method })}
          data-testid="invoke-method"
        />
      )}
      <code className="invoke-path" title={channel.path}>
        {channel.path}
      </code>
    </div>
  );
}

/** Who is calling: by the security of the channel, or nobody. */
function Credentials({ channel, input, set }: FormProps) {
  if (!channel.security) {
    return (
      <p className="invoke-security">
        <LockOpen size={13} aria-hidden /> {w.open}
      </p>
    );
  }
  return (
    <div className="invoke-security">
      <Lock size={13} aria-hidden /> {input.noKey ? null : w.secured(channel.security)}
      <Switch label={w.noKey} value={input.noKey} onChange={(noKey) => set({ noKey })} data-testid="invoke-no-key" />
    </div>
  );
}
