--- The highlight groups. Each is a link that a colour scheme, or the person, may replace.

local M = {}

M.links = {
  TallyhoCount = "LspInlayHint",
  TallyhoValue = "LspInlayHint",
  TallyhoReturn = "LspInlayHint",
  TallyhoRaised = "DiagnosticError",
  TallyhoRefused = "DiagnosticWarn",
  TallyhoHits = "DiagnosticHint",
  TallyhoNever = "DiagnosticUnnecessary",
  TallyhoNeverSign = "DiagnosticError",
  TallyhoHeat1 = "Comment",
  TallyhoHeat2 = "DiagnosticInfo",
  TallyhoHeat3 = "DiagnosticWarn",
  TallyhoHeat4 = "DiagnosticError",
  TallyhoTitle = "Title",
}

---Sets the groups that nobody has set, now and after a change of colour scheme.
function M.setup()
  local function set()
    for name, link in pairs(M.links) do
      vim.api.nvim_set_hl(0, name, { link = link, default = true })
    end
  end
  set()
  vim.api.nvim_create_autocmd(
    "ColorScheme",
    { group = vim.api.nvim_create_augroup("tallyho.highlight", { clear = true }), callback = set }
  )
end

return M
