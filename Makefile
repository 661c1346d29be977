PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= $(or $(ANWEN_HOST),127.0.0.1)
PORT ?= $(or $(ANWEN_PORT),8000)
PROFILE := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
LOCK := $(VENV)-lock/bin/pip-compile -q --no-header --strip-extras --no-emit-find-links --no-emit-index-url --no-emit-trusted-host

.PHONY: help serve ask index test eval peers screenshots wheelhouse check format lock install clean

help: ## 列出所有命令
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

serve: install ## 准备好一切并启动服务，例：make serve PORT=8080
	@$(BIN)/anwen serve --host $(HOST) --port $(PORT)

ask: install ## 提一个问题，例：make ask Q="扶沟是怎么保障土地的"
	@$(BIN)/anwen ask "$(Q)"

index: install ## 重建内置汇编的索引
	@$(BIN)/anwen index

# Two processes, a core each: torch's own threads would take the cores from one another. In the order of the folders: the
# tests that take longest, those of whole processes, are few, and would else come last and leave a core idle.
test: $(DEV) ## 运行测试（其中页面的测试要用 Chromium）
	@$(BIN)/python -m tests.page.chromium
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

eval: install ## 评测自带的题目，与基线相比有显著的损失就失败
	@$(BIN)/anwen eval gate

peers: $(DEV) ## 安装用作对照的 LangChain、Haystack、LlamaIndex、txtai（anwen eval peers 要用）
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-peers.txt

screenshots: $(DEV) ## 给页面截图，存到 docs/screenshots
	@$(BIN)/python -m tests.page.chromium
	@$(BIN)/python -m tests.page.screenshots

wheelhouse: install ## 打一个离线安装包（约 490 MB），拷到不能上网的机器上用
	@$(BIN)/python -m deploy.wheelhouse

check: $(DEV) ## 代码检查：ruff、mypy、import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEV) ## 整理代码格式
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## 重写锁定文件 requirements*.txt
	$(PYTHON) -m venv --clear $(VENV)-lock
	$(VENV)-lock/bin/pip install -q pip-tools==7.6.2
	$(LOCK) -o requirements.txt pyproject.toml
	$(LOCK) --extra dev $(patsubst %,--extra %,dingtalk langchain llama-index otel) -c requirements.txt -o requirements-dev.txt pyproject.toml
	$(LOCK) --extra peers -c requirements.txt -o requirements-peers.txt pyproject.toml
	sed -i 's/^torch==2.13.0+cpu/torch==2.13.0/' requirements*.txt
	rm -rf $(VENV)-lock

install: $(PROFILE)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(PROFILE): pyproject.toml requirements.txt | $(BIN)/python
	@echo "安装依赖（首次约一两分钟）……"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(DEV): requirements-dev.txt $(PROFILE)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean: ## 删除虚拟环境、索引和缓存（不动模型缓存）
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
