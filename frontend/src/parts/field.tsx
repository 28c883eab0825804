import { Check, ChevronDown, Search as SearchIcon, X } from "lucide-react";
import type { KeyboardEvent, ReactNode, Ref } from "react";
import {
  ComboBox as AriaComboBox,
  NumberField as AriaNumberField,
  SearchField as AriaSearchField,
  Select as AriaSelect,
  Switch as AriaSwitch,
  TextField as AriaTextField,
  Button,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
  TextArea,
} from "react-aria-components";
import { words } from "../base/words/common";
import "./field.css";

/** What every field has around it. */
export interface FieldProps {
  label: string;
  /** Keeps the label for those who cannot see only. */
  hideLabel?: boolean;
  help?: ReactNode;
  /** What is wrong with the value; "" or undefined where nothing is. */
  problem?: string | undefined;
  required?: boolean;
  disabled?: boolean;
  className?: string;
  "data-testid"?: string;
}

function Around(props: FieldProps & { children: ReactNode }) {
  return (
    <>
      <Label className={props.hideLabel ? "visually-hidden" : "field-label"}>
        {props.label}
        {props.required ? (
          <span className="field-required" title={words.required}>
            *
          </span>
        ) : null}
      </Label>
      {props.children}
      {props.problem ? (
        <FieldError className="field-problem">{props.problem}</FieldError>
      ) : props.help ? (
        <Text slot="description" className="field-help">
          {props.help}
        </Text>
      ) : null}
    </>
  );
}

export interface TextFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  /** Several lines. */
  rows?: number;
  mono?: boolean;
  type?: "text" | "password" | "url";
  autoFocus?: boolean;
  onSubmit?: () => void;
  onBlur?: () => void;
  onKeyDown?: (e: KeyboardEvent) => void;
  inputRef?: Ref<HTMLInputElement>;
}

/** A field of text. Enter submits it where it has one line. */
export function TextField(props: TextFieldProps) {
  const id = props["data-testid"];
  const look = `field-input ${props.mono ? "mono" : ""}`;
  return (
    <AriaTextField
      className={`field ${props.className ?? ""}`}
      value={props.value}
      onChange={props.onChange}
      isInvalid={Boolean(props.problem)}
      isRequired={props.required ?? false}
      isDisabled={props.disabled ?? false}
      validationBehavior="aria"
      type={props.type ?? "text"}
      autoFocus={props.autoFocus ?? false}
      onBlur={() => props.onBlur?.()}
      onKeyDown={(e) => {
        if (e.key === "Enter" && !props.rows && props.onSubmit) {
          e.preventDefault();
          props.onSubmit();
        } else {
          e.continuePropagation(); // Escape is for the dialog around it
        }
      }}
    >
      <Around {...props}>
        {props.rows ? (
          <TextArea
            className={`${look} field-area`}
            rows={props.rows}
            placeholder={props.placeholder}
            spellCheck={false}
            data-testid={id}
          />
        ) : (
          <Input
            ref={props.inputRef}
            className={look}
            placeholder={props.placeholder}
            spellCheck={false}
            autoComplete="off"
            onKeyDown={props.onKeyDown}
            data-testid={id}
          />
        )}
      </Around>
    </AriaTextField>
  );
}

/** A field that narrows a list; Esc empties it. */
export function SearchField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  autoFocus?: boolean;
  onKeyDown?: (e: KeyboardEvent) => void;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
  "data-testid"?: string;
}) {
  return (
    <AriaSearchField
      className={`search-field ${props.className ?? ""}`}
      aria-label={props.label}
      value={props.value}
      onChange={props.onChange}
      autoFocus={props.autoFocus ?? false}
    >
      <SearchIcon className="search-field-icon" aria-hidden />
      <Input
        ref={props.inputRef}
        className="field-input"
        placeholder={props.placeholder ?? props.label}
        spellCheck={false}
        autoComplete="off"
        onKeyDown={props.onKeyDown}
        data-testid={props["data-testid"]}
      />
      {props.value === "" ? null : (
        <Button className="search-field-clear" aria-label={words.clear}>
          <X className="button-icon" aria-hidden />
        </Button>
      )}
    </AriaSearchField>
  );
}

/** A field of a number; undefined is an empty one. */
export function NumberField(
  props: FieldProps & {
    value: number | undefined;
    onChange: (value: number | undefined) => void;
    min?: number | undefined;
    max?: number | undefined;
    step?: number;
    fraction?: boolean;
    placeholder?: string;
  },
) {
  return (
    <AriaNumberField
      className={`field ${props.className ?? ""}`}
      value={props.value ?? Number.NaN}
      onChange={(n) => props.onChange(Number.isNaN(n) ? undefined : n)}
      {...(props.min === undefined ? {} : { minValue: props.min })}
      {...(props.max === undefined ? {} : { maxValue: props.max })}
      {...(props.step === undefined ? {} : { step: props.step })}
      formatOptions={{ useGrouping: false, maximumFractionDigits: props.fraction ? 12 : 0 }}
      isInvalid={Boolean(props.problem)}
      isRequired={props.required ?? false}
      isDisabled={props.disabled ?? false}
      validationBehavior="aria"
    >
      <Around {...props}>
        <Input className="field-input" placeholder={props.placeholder} data-testid={props["data-testid"]} />
      </Around>
    </AriaNumberField>
  );
}

/** A switch: on or off, at once. */
export function Switch(props: {
  label: string;
  value: boolean;
  onChange: (value: boolean) => void;
  help?: ReactNode;
  hideLabel?: boolean;
  disabled?: boolean;
  "data-testid"?: string;
}) {
  return (
    <div className="switch-field">
      <AriaSwitch
        className="switch"
        isSelected={props.value}
        onChange={props.onChange}
        isDisabled={props.disabled ?? false}
        data-testid={props["data-testid"]}
        {...(props.hideLabel ? { "aria-label": props.label } : {})}
      >
        <span className="switch-track" aria-hidden>
          <span className="switch-thumb" />
        </span>
        {props.hideLabel ? null : props.label}
      </AriaSwitch>
      {props.help ? <span className="field-help">{props.help}</span> : null}
    </div>
  );
}

/** One of the values of a choice. */
export interface Option {
  id: string;
  title: string;
  about?: string | undefined;
}

/** A choice of a few values. */
export function Select(
  props: FieldProps & {
    value: string;
    onChange: (value: string) => void;
    options: readonly Option[];
    placeholder?: string;
  },
) {
  return (
    <AriaSelect
      className={`field ${props.className ?? ""}`}
      value={props.value === "" ? null : props.value}
      onChange={(key) => props.onChange(key === null ? "" : String(key))}
      placeholder={props.placeholder ?? ""}
      isInvalid={Boolean(props.problem)}
      isRequired={props.required ?? false}
      isDisabled={props.disabled ?? false}
      validationBehavior="aria"
    >
      <Around {...props}>
        <Button className="field-input select-button" data-testid={props["data-testid"]}>
          <SelectValue className="select-value">
            {({ selectedText, defaultChildren }) => selectedText || defaultChildren}
          </SelectValue>
          <ChevronDown className="button-icon" aria-hidden />
        </Button>
      </Around>
      <Popover className="menu-popover select-popover" offset={3}>
        <Options options={props.options} />
      </Popover>
    </AriaSelect>
  );
}

/** A field of text with proposals; any text may be typed. */
export function ComboBox(
  props: FieldProps & {
    value: string;
    onChange: (value: string) => void;
    options: readonly Option[];
    placeholder?: string;
    mono?: boolean;
    onSubmit?: () => void;
  },
) {
  return (
    <AriaComboBox
      className={`field ${props.className ?? ""}`}
      inputValue={props.value}
      onInputChange={props.onChange}
      allowsCustomValue
      menuTrigger="focus"
      isInvalid={Boolean(props.problem)}
      isRequired={props.required ?? false}
      isDisabled={props.disabled ?? false}
      validationBehavior="aria"
    >
      <Around {...props}>
        <div className="combo">
          <Input
            className={`field-input ${props.mono ? "mono" : ""}`}
            placeholder={props.placeholder}
            spellCheck={false}
            data-testid={props["data-testid"]}
          />
          <Button className="combo-button">
            <ChevronDown className="button-icon" aria-hidden />
          </Button>
        </div>
      </Around>
      <Popover className="menu-popover select-popover" offset={3}>
        <Options options={props.options} />
      </Popover>
    </AriaComboBox>
  );
}

function Options({ options }: { options: readonly Option[] }) {
  return (
    <ListBox
      className="menu"
      items={options.map((o) => ({ ...o, key: o.id }))}
      renderEmptyState={() => <p className="menu-title">{words.noMatch}</p>}
    >
      {(o) => (
        <ListBoxItem id={o.id} textValue={o.title} className="menu-item">
          {({ isSelected }) => (
            <>
              <span className="menu-text">
                {o.title}
                {o.about ? <span className="menu-about">{o.about}</span> : null}
              </span>
              {isSelected ? <Check className="menu-icon" aria-hidden /> : null}
            </>
          )}
        </ListBoxItem>
      )}
    </ListBox>
  );
}
