--- Keys in Python files, as the options name them.

local M = {}

---@param buffer integer
function M.attach(buffer)
  for name, keys in pairs(require("tallyho").options.mappings) do
    if keys then
      vim.keymap.set(
        "n",
        keys,
        ("<Plug>(tallyho-%s)"):format(name),
        { buffer = buffer, remap = true, desc = "Tallyho: " .. name }
      )
    end
  end
end

return M
