import type { GatewayFault } from '../plan/planned-fault.js';
import type { Heal, Inflict } from './fault.js';

/** What happens to the connections of the bot to the gateway. */
export const disturbGateway: Inflict<GatewayFault> = async ({ how }, { installation, note }) => {
  const { faults } = installation.sandbox;
  const nothing: Heal = () => {};
  note(`gateway: ${how}`);
  switch (how) {
    case 'cut':
      faults.cut();
      return nothing;
    case 'freeze':
      faults.freeze();
      return nothing;
    case 'invalidate':
      faults.invalidateSession();
      return nothing;
    case 'reconnect':
      faults.reconnect();
      return nothing;
    case 'refuse resume':
      faults.refuseResumes(1);
      faults.cut();
      return () => faults.refuseResumes(0);
    case 'mute acks':
      faults.muteAcks();
      return () => faults.muteAcks(false);
    case 'down':
      faults.gatewayDown();
      faults.cut();
      return () => faults.gatewayDown(false);
  }
};
