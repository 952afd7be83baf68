//! Tells Zed how to start `tallyho lsp` and `tallyho dap`.

use zed_extension_api::{
    self as zed, serde_json, Command, DebugAdapterBinary, DebugConfig, DebugRequest, DebugScenario,
    DebugTaskDefinition, LanguageServerId, Result, StartDebuggingRequestArguments,
    StartDebuggingRequestArgumentsRequest, Worktree,
};

struct Tallyho;

impl zed::Extension for Tallyho {
    fn new() -> Self {
        Tallyho
    }

    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        Ok(Command { command: binary(worktree)?, args: vec!["lsp".into()], env: worktree.shell_env() })
    }

    fn get_dap_binary(
        &mut self,
        _adapter: String,
        task: DebugTaskDefinition,
        chosen: Option<String>,
        worktree: &Worktree,
    ) -> Result<DebugAdapterBinary, String> {
        let command = match chosen {
            Some(path) => path,
            None => binary(worktree)?,
        };
        let config = serde_json::from_str(&task.config).map_err(|problem| format!("tallyho: {problem}"))?;
        Ok(DebugAdapterBinary {
            command: Some(command),
            arguments: vec!["dap".into()],
            envs: worktree.shell_env(),
            cwd: Some(worktree.root_path()),
            connection: None,
            request_args: StartDebuggingRequestArguments {
                configuration: task.config,
                request: request_kind(&config)?,
            },
        })
    }

    fn dap_request_kind(
        &mut self,
        _adapter: String,
        config: serde_json::Value,
    ) -> Result<StartDebuggingRequestArgumentsRequest, String> {
        request_kind(&config)
    }

    fn dap_config_to_scenario(&mut self, config: DebugConfig) -> Result<DebugScenario, String> {
        let attributes = match config.request {
            DebugRequest::Launch(launch) => serde_json::json!({
                "request": "launch",
                "program": launch.program,
                "args": launch.args,
                "cwd": launch.cwd,
                "env": launch.envs.into_iter().collect::<std::collections::HashMap<_, _>>(),
                "stopOnEntry": config.stop_on_entry.unwrap_or(false),
            }),
            DebugRequest::Attach(attach) => serde_json::json!({
                "request": "attach",
                "processId": attach.process_id.ok_or("tallyho: choose the process to attach to")?,
            }),
        };
        Ok(DebugScenario {
            label: config.label,
            adapter: config.adapter,
            build: None,
            config: attributes.to_string(),
            tcp_connection: None,
        })
    }
}

/// Launching is what a configuration asks for that does not say.
fn request_kind(config: &serde_json::Value) -> Result<StartDebuggingRequestArgumentsRequest, String> {
    match config.get("request").and_then(|request| request.as_str()) {
        None | Some("launch") => Ok(StartDebuggingRequestArgumentsRequest::Launch),
        Some("attach") => Ok(StartDebuggingRequestArgumentsRequest::Attach),
        Some(other) => Err(format!("tallyho: the request must be \"launch\" or \"attach\", not {other:?}")),
    }
}

fn binary(worktree: &Worktree) -> Result<String> {
    worktree.which("tallyho").ok_or_else(|| "the program \"tallyho\" is not on PATH".into())
}

zed::register_extension!(Tallyho);
