// The light part of this package: declaring options and reading a command line, without servers and threads.
export type { Option } from './option.ts';
export { OptionValues, flagsOf, type GivenTexts, type ValueOf } from './options/option-values.ts';
export { FileOrContent, expandEnv } from './options/file-or-content.ts';
export { TimeValue } from './options/time-value.ts';
export { leafCommands, type CommandSpec, type ProgramSpec } from './options/command.ts';
export { parseCommandLine, type Parsed } from './options/parse-command-line.ts';
export { flagForms, helpText } from './options/help-text.ts';
export { optionsTable } from './options/docs-table.ts';
export {
  COMMON_OPTIONS,
  ENGINE_OPTIONS,
  GRPC_SERVER_OPTIONS,
  HTTP_OPTIONS,
  OBJSTORE_OPTIONS,
  REQUEST_LOGGING_OPTIONS,
  REQUIRED_OBJSTORE_OPTIONS,
  SHIPPER_OPTIONS,
  STORE_LIMIT_OPTIONS,
} from './options/shared-options.ts';
