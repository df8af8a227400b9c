import { startComposeFleet } from '../../services/lab/src/fleet/compose/start-compose-fleet.ts';
import { describeFleet } from '../support/fleet-contract.ts';

describeFleet('containers', startComposeFleet, 180_000);
